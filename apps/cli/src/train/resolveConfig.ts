import { loadConfig } from "@vidtok/model";
import type { ResolvedConfig } from "@vidtok/model";
import { line } from "../report.ts";
import type { Io } from "../terminal/io.ts";
import { trainerFlags } from "./flags.ts";
import type { TrainFlags } from "./flags.ts";
import { valueAt } from "./valueAt.ts";

/** The config that files, overrides and flags make, each stronger than the one before. */
export function resolveConfig(
  files: readonly string[],
  overrides: readonly string[],
  given: TrainFlags,
  io: Io,
): ResolvedConfig {
  const names = Object.keys(trainerFlags) as (keyof typeof trainerFlags)[];
  const flags = names
    .filter((name) => given[name] !== undefined)
    .map((name) => `lightning.trainer.${name}=${given[name]}`);
  const config = loadConfig(files, [...overrides, ...flags]);
  return given.scale_lr ? withScaledRate(config, io) : config;
}

function withScaledRate(config: ResolvedConfig, io: Io): ResolvedConfig {
  const [accumulated, batch, base] = [
    valueAt(config, "lightning.trainer.accumulate_grad_batches") ?? 1,
    valueAt(config, "data.params.batch_size"),
    valueAt(config, "model.base_learning_rate"),
  ];
  const isComplete = [accumulated, batch, base].every((each) => typeof each === "number");
  // Training says what is wrong with them.
  if (!isComplete) return config;
  const rate = Number(accumulated) * Number(batch) * Number(base);
  line(
    io,
    `learning rate ${Number(rate.toPrecision(6))} = ${accumulated} (accumulate_grad_batches) x ${batch} (batch_size) x ` +
      `${base} (base_learning_rate)`,
  );
  return loadConfig(config, [`model.base_learning_rate=${rate}`]);
}
