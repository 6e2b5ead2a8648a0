import { readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { duplicateFile } from "@vidtok/files";
import type { CheckpointSettings } from "../config/checkpointSettings.ts";
import type { Learner } from "../loop/learner.ts";
import { globalStep } from "../loop/trainState.ts";
import type { TrainState } from "../loop/trainState.ts";
import { readBookkeeping, writeCheckpoint } from "./checkpoint.ts";
import type { RunFolder } from "./runFolder.ts";

interface Saved {
  readonly path: string;
  readonly globalStep: number;
  readonly monitored: number | null;
}

const NAMED = /^epoch=\d+-step=(\d+)\.safetensors$/;

/** The checkpoints of a run: some named by their step, of which the best stay, and `last`. */
export class Checkpoints {
  readonly #folder: string;
  readonly #settings: CheckpointSettings;
  #saved: readonly Saved[];

  private constructor(folder: string, settings: CheckpointSettings, saved: readonly Saved[]) {
    this.#folder = folder;
    this.#settings = settings;
    this.#saved = saved;
  }

  /** Those that are in a run's folder. */
  static async open(folder: RunFolder, settings: CheckpointSettings): Promise<Checkpoints> {
    const saved: Saved[] = [];
    for (const name of readdirSync(folder.checkpoints)) {
      const step = NAMED.exec(name)?.[1];
      if (step === undefined) continue;
      const path = join(folder.checkpoints, name);
      const { monitored } = await readBookkeeping(path);
      saved.push({ path, globalStep: Number(step), monitored });
    }
    return new Checkpoints(folder.checkpoints, settings, saved);
  }

  /** Where the newest one is. */
  get last(): string {
    return join(this.#folder, "last.safetensors");
  }

  /** Whether one is due after this step. */
  isDue(state: TrainState): boolean {
    const { every } = this.#settings;
    return Math.floor(globalStep(state) / every) > Math.floor((globalStep(state) - 2) / every);
  }

  /** Writes `last`. */
  async saveLast(learner: Learner, state: TrainState, monitored: number | null): Promise<string> {
    await writeCheckpoint(this.last, learner, state, monitored);
    return this.last;
  }

  /** Writes `last`, and keeps it under its own name if it is among the best; those that no longer are go. */
  async save(learner: Learner, state: TrainState, monitored: number | null): Promise<string> {
    await this.saveLast(learner, state, monitored);
    const pad = (value: number, digits: number): string => String(value).padStart(digits, "0");
    const name = `epoch=${pad(state.epoch, 4)}-step=${pad(globalStep(state), 8)}.safetensors`;
    const candidate = { path: join(this.#folder, name), globalStep: globalStep(state), monitored };
    const others = this.#saved.filter(({ path }) => basename(path) !== name);
    const kept = [...others, candidate].sort(better).slice(0, this.#settings.keep);
    // The same bytes under two names, without a second copy where the file system can.
    if (kept.includes(candidate)) await duplicateFile(this.last, candidate.path);
    for (const each of others) if (!kept.includes(each)) rmSync(each.path, { force: true });
    this.#saved = kept;
    return kept.includes(candidate) ? candidate.path : this.last;
  }
}

// The smallest monitored value first, then the newest; what was written before any validation comes last.
function better(a: Saved, b: Saved): number {
  const value = ({ monitored }: Saved): number =>
    Number.isFinite(monitored) ? monitored! : Infinity;
  return value(a) === value(b) ? b.globalStep - a.globalStep : value(a) - value(b);
}
