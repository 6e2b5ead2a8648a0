import { commonFlags } from "../args/commonFlags.ts";
import { choice, list, number, text, toggle } from "../args/flag.ts";
import type { Flag, Values } from "../args/flag.ts";
import { UsageError } from "../args/usageError.ts";

/** Parameters of Lightning's Trainer, each the override `lightning.trainer.NAME=VALUE`. */
export const trainerFlags = {
  max_steps: number("Steps of both optimizers: two for each step", undefined, { least: -1 }),
  max_epochs: number("Times to go through the videos", undefined),
  val_check_interval: number("Steps from one validation to the next", undefined, { least: 1 }),
  num_sanity_val_steps: number("Validation batches to try first", undefined, { least: -1 }),
  accumulate_grad_batches: number("Batches that make a step", undefined, { least: 1 }),
  precision: text("32|bf16-mixed", "Of convolutions and matrix products", undefined),
} as const;

// Of the reference's trainer, for machinery that is not here.
const FOREIGN = [
  ...["no_test", "project", "seed_rank", "legacy_naming", "enable_tf32", "startup"],
  ...["wandb_auto_resume", "no_base_name"],
  ...["devices", "num_nodes", "accelerator", "strategy", "benchmark"],
] as const;

/** The flags of `vidtok train`: the reference's, and where to compute. */
export const trainFlags = {
  base: list("CONFIG", "Configs (names or files), merged left to right", { short: "b" }),
  train: toggle("Train; with no, validate once", true, { short: "t" }),
  resume: text("PATH", "Go on with a run: its folder or a checkpoint", undefined, { short: "r" }),
  checkpoint_auto_resume: toggle("Go on with the last run of this name, if there is one", true),
  resume_from_checkpoint: text("FILE", "Go on from a checkpoint in a new run", undefined),
  allow_missing: toggle("Leave weights random that model.params.ckpt_path lacks", false),
  logdir: text("DIR", "Folder of runs", "logs", { short: "l" }),
  name: text("NAME", "Name of the run", "", { short: "n", shown: "that of the config" }),
  postfix: text("TEXT", "Added to the name", "", { short: "f" }),
  no_date: toggle("Leave the date and time out of the name", false),
  max_batches: number("Steps to train, if the config does not end sooner", undefined, { least: 1 }),
  ...trainerFlags,
  scale_lr: toggle("Rate: accumulated batches x batch size x base_learning_rate", false),
  seed: number("Of weights, noise and the order of clips", 23, { short: "s" }),
  wandb: toggle("Send scalars to Weights & Biases, a resumed run as a new one", false),
  wandb_project: text("NAME", "Project there", "vidtok"),
  wandb_entity: text("NAME", "User or team there", undefined, { shown: "that of the key" }),
  wandb_key: text("KEY", "API key", undefined, { shown: "WANDB_API_KEY, else ~/.netrc" }),
  wandb_id: text("ID", "Of the new run there", undefined, { shown: "drawn" }),
  backend: choice("What computes", ["auto", "native", "gpujs"], "auto"),
  threads: number("Of the native backend", undefined, { least: 1, shown: "all cores" }),
  ...commonFlags,
  ...meaningless(FOREIGN),
} as const;

/** What `vidtok train` was given. */
export type TrainFlags = Values<typeof trainFlags>;

function meaningless<const N extends string>(
  names: readonly N[],
): Readonly<Record<N, Flag<undefined>>> {
  const flag: Flag<undefined> = {
    ...{ value: "", help: "", fallback: undefined, takes: "switch", isHidden: true },
    read(_given, name) {
      throw new UsageError(`${name}: means nothing here; leave it out`);
    },
  };
  return Object.fromEntries(names.map((name) => [name, flag])) as Record<N, Flag<undefined>>;
}
