import { valueError } from "@vidtok/model";
import type { ConfigNode } from "@vidtok/model";
import type { AdamOptions } from "@vidtok/nn";
import { lookup, numberAt, numbersAt, wordAt } from "./lookup.ts";

/** Options of both optimizers. */
export interface OptimizerSettings {
  /** Of the discriminator; that of the tokenizer is `generatorFactor` times as large. */
  readonly learningRate: number;
  readonly generatorFactor: number;
  readonly options: Omit<AdamOptions, "lr">;
}

const PATH = "model.params.optimizer_config";

/** Reads `model.base_learning_rate`, `lr_g_factor` and `optimizer_config`, which is Adam's or AdamW's; the default is Adam as PyTorch has it. */
export function optimizerSettings(config: ConfigNode): OptimizerSettings {
  const learningRate = numberAt(config, "model.base_learning_rate", { least: 0 });
  const generatorFactor = numberAt(config, "model.params.lr_g_factor", { fallback: 1, least: 0 });
  const target = wordAt(
    config,
    `${PATH}.target`,
    ["torch.optim.Adam", "torch.optim.AdamW"],
    "torch.optim.Adam",
  );
  const isDecoupled = target === "torch.optim.AdamW";
  const params = `${PATH}.params`;
  if (lookup(config, `${params}.amsgrad`) === true) {
    throw valueError(`${params}.amsgrad`, "is true, which is not available");
  }
  const betas = numbersAt(config, `${params}.betas`, [0.9, 0.999]);
  const [first, second] = betas;
  if (betas.length !== 2 || first === undefined || second === undefined) {
    throw valueError(`${params}.betas`, `has ${betas.length} numbers and has to have 2`);
  }
  return {
    learningRate,
    generatorFactor,
    options: {
      betas: [first, second],
      eps: numberAt(config, `${params}.eps`, { fallback: 1e-8, least: 0 }),
      weightDecay: numberAt(config, `${params}.weight_decay`, {
        fallback: isDecoupled ? 0.01 : 0,
        least: 0,
      }),
      isDecoupled,
    },
  };
}
