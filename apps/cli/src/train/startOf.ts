import { loadConfig } from "@vidtok/model";
import type { ResolvedConfig } from "@vidtok/model";
import { findRun, lastRun } from "@vidtok/train";
import type { TrainOptions } from "@vidtok/train";
import { line } from "../report.ts";
import type { Io } from "../terminal/io.ts";
import { configChanges } from "./configChanges.ts";
import type { TrainFlags } from "./flags.ts";
import { isRunOf, runName } from "./runName.ts";

/** The run to go on with, or the name of a new one. */
export type Start = Pick<TrainOptions, "resume" | "name" | "from">;

/**
 * Where to begin: with the run or the checkpoint that is given, else with the last run of this name, else with a new run. `file` is the
 * first of the config's.
 */
export function startOf(
  given: TrainFlags,
  { file, config }: { readonly file: string; readonly config: ResolvedConfig },
  io: Io,
): Start {
  const { resume, resume_from_checkpoint: from, checkpoint_auto_resume, logdir } = given;
  if (resume !== undefined) return { resume };
  const name = runName(file, given, new Date());
  if (from !== undefined) return { name, from };
  const isOurs = (folder: string): boolean => isRunOf(folder, file, given);
  const last = checkpoint_auto_resume ? lastRun(logdir, isOurs) : undefined;
  if (last === undefined) return { name };
  const changes = configChanges(loadConfig(findRun(last).folder.config), config);
  line(io, `going on with ${last}${shown(changes)}; --checkpoint_auto_resume no starts afresh`);
  return { resume: last };
}

function shown(changes: readonly string[]): string {
  if (changes.length === 0) return "";
  return ` and another ${changes.slice(0, 3).join(", ")}${changes.length > 3 ? ", …" : ""}`;
}
