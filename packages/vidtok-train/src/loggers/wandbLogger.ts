import { setTimeout as wait } from "node:timers/promises";
import { TrainError } from "../trainError.ts";
import type { RunLogger } from "./runLogger.ts";
import { checkWandbAccess, wandbAccess } from "./wandbAccess.ts";
import { loadWandbSdk } from "./wandbSdk.ts";
import type { WandbRun, WandbSdk } from "./wandbSdk.ts";

/** A run of Weights & Biases to log to. */
export interface WandbOptions {
  readonly project: string;
  /** User or team; default the key's own user. */
  readonly entity?: string | undefined;
  /**
   * The run's id, drawn by default. The SDK cannot go on with a run: the id of one that exists
   * overwrites its history, so a resumed training takes a new one.
   */
  readonly id?: string | undefined;
  /** API key; default that of WANDB_API_KEY or `~/.netrc`. */
  readonly key?: string | undefined;
  /** The name to show. */
  readonly name: string;
  /** What the training was asked to do, as JSON can say it. */
  readonly config: unknown;
}

/** A logger that sends to Weights & Biases. */
export interface WandbLogger extends RunLogger {
  /** The run's page. */
  readonly url: string;
}

/**
 * Begins a run of Weights & Biases with the official SDK. A step's scalars are sent together, once
 * the next step comes. The SDK cannot send pictures, so `images` does nothing; and rows that it
 * cannot send while training goes on are lost with a note of its own, not an error.
 */
export async function wandbLogger(
  { project, entity, id, key, name, config }: WandbOptions,
  load: () => Promise<WandbSdk> = loadWandbSdk,
): Promise<WandbLogger> {
  const sdk = await load();
  const access = wandbAccess(key);
  await checkWandbAccess(access);
  const run = await started(() =>
    sdk.init({
      project,
      ...(entity ? { entity } : {}),
      ...(id ? { id } : {}),
      name,
      config,
      settings: { ...access, silent: true },
    }),
  ).catch((cause: unknown) => {
    throw new TrainError(
      `wandb: no run can be made in project ${project}${entity ? ` of ${entity}` : ""} ` +
        `(${cause instanceof Error ? cause.message : String(cause)}); check --wandb_project and ` +
        `--wandb_entity, or train without --wandb`,
      { cause },
    );
  });

  // The SDK counts rows, and keeps back one whose step is less than their count.
  let row: Record<string, number> = {};
  let rowStep = 0;
  const send = (): void => {
    if (Object.keys(row).length > 0) run.log(row, rowStep);
    row = {};
  };
  return {
    url: run.url(),
    scalars(step, scalars) {
      if (step !== rowStep) send();
      rowStep = step;
      Object.assign(row, Object.fromEntries(scalars));
    },
    images() {},
    async close() {
      send();
      await run.finish(0);
    },
  };
}

const EVENTS = ["SIGINT", "SIGTERM", "beforeExit"] as const;

/** Starts the SDK, and keeps it from deciding what happens to our process. */
async function started(init: () => Promise<WandbRun>): Promise<WandbRun> {
  const before = EVENTS.map((event) => process.rawListeners(event));
  // It throws what fails after its first request where no promise hears it.
  let fail: (error: unknown) => void = () => {};
  const thrown = new Promise<never>((_, reject) => (fail = reject));
  process.setUncaughtExceptionCaptureCallback(fail);
  try {
    return await Promise.race([init(), thrown]);
  } catch (error) {
    await wait(200); // it throws twice
    throw error;
  } finally {
    process.setUncaughtExceptionCaptureCallback(null);
    // On a signal it would end the process before a checkpoint is written.
    EVENTS.forEach((event, i) => {
      const added = process
        .rawListeners(event)
        .filter((listener) => !before[i]!.includes(listener));
      for (const listener of added) process.off(event, listener as () => void);
    });
  }
}
