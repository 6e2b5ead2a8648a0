import { TrainError } from "../trainError.ts";

/** The part of `@wandb/sdk` that is used here. */
export interface WandbSdk {
  init(options: WandbInit): Promise<WandbRun>;
}

/** How a run is introduced to Weights & Biases. */
export interface WandbInit {
  readonly project: string;
  /** User or team; the key's own user where it is absent. */
  readonly entity?: string;
  /** The run's name in addresses; drawn by the SDK where it is absent. */
  readonly id?: string;
  /** The name to show. */
  readonly name?: string;
  readonly config: unknown;
  readonly settings: {
    readonly apiKey: string;
    readonly baseUrl: string;
    readonly silent: boolean;
  };
}

/** A run of Weights & Biases. */
export interface WandbRun {
  /** Adds a row; the SDK writes its own columns into it. */
  log(row: Record<string, number>, step: number): void;
  /** Sends what is left and ends the run. */
  finish(exitCode: number): Promise<void>;
  url(): string;
}

/** Loads the SDK, which is installed only where it is wanted. */
export async function loadWandbSdk(
  load: () => Promise<{ readonly wandb: WandbSdk }> = () => import("@wandb/sdk"),
): Promise<WandbSdk> {
  try {
    return (await load()).wandb;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why =
      code === "ERR_MODULE_NOT_FOUND" ? "is not installed" : `cannot be loaded (${message})`;
    throw new TrainError(
      `wandb: the package @wandb/sdk ${why}; install it with npm install @wandb/sdk graphql, ` +
        `or train without --wandb`,
      { cause },
    );
  }
}
