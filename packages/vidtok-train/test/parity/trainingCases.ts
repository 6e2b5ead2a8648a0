import { readFileSync } from "node:fs";
import { openCheckpoint, stateDict } from "@vidtok/nn";
import type { Checkpoint } from "@vidtok/nn";
import type { Tensor } from "@vidtok/tensor";
import { weightsOf } from "../../src/loop/learner.ts";
import type { Learner } from "../../src/loop/learner.ts";
import { trainStep } from "../../src/loop/trainStep.ts";
import { fixture, goldenLearner, readBlocks } from "./goldenLearner.ts";
import { hashClip } from "./hash.ts";
import { toleranceOf } from "./tolerances.ts";
import type { GoldenKind } from "./tolerances.ts";

/** A number of a golden training run and how far from it we are. */
export interface Row {
  readonly golden: string;
  readonly error: number;
  readonly tolerance: number;
}

// Means that are small because their terms cancel are as exact as the terms.
const smallest = 0.1;

function row(golden: string, actual: number | undefined, expected: number, tolerance: number): Row {
  const scale = Math.max(Math.abs(expected), smallest);
  return { golden, error: Math.abs((actual ?? Infinity) - expected) / scale, tolerance };
}

function logRows(
  name: string,
  kind: GoldenKind,
  step: number,
  actual: ReadonlyMap<string, number>,
  golden: Readonly<Record<string, number>>,
): Row[] {
  return Object.entries(golden).map(([key, expected]) => {
    const short = key.replace("train/", "");
    const tolerance = toleranceOf(short, kind, step);
    return row(`${name}/${step}/${short}`, actual.get(short), expected, tolerance);
  });
}

/** The whole training runs: files that hold their own config. */
export const runNames = ["train_kl_causal_2d", "train_fsq_causal_3d"] as const;

/** The logs of every step of a whole training run, and the norms of everything at its end, the averages included. */
export async function measureRun(name: (typeof runNames)[number]): Promise<readonly Row[]> {
  const file = await openCheckpoint(fixture(`${name}.safetensors`));
  const text = (key: string): string => file.metadata.get(key) as string;
  const overridesOf = (key: string, path: string): string[] =>
    Object.entries(JSON.parse(text(key)) as object).map(
      ([field, value]) => `${path}.${field}=${JSON.stringify(value)}`,
    );
  const decay = text("ema_decay");
  const overrides = [
    ...overridesOf("overrides", "model.params.encoder_config.params"),
    ...overridesOf("loss_overrides", "model.params.loss_config.params"),
    `model.base_learning_rate=${text("lr")}`,
    `model.params.ema_decay=${decay === "None" ? "null" : decay}`,
  ];
  const learner = await goldenLearner(text("config"), overrides, "each");
  const rows: Row[] = [];
  const logs = JSON.parse(text("logs")) as Record<string, number>[];
  const shape = JSON.parse(text("input_shape")) as [number, 3, number, number, number];
  for (const [step, golden] of logs.entries()) {
    const batch = { jpg: hashClip(`batch${step}`, shape), shape, paths: [] };
    const values = await trainStep(learner, [batch], { globalStep: 2 * step, lrFactor: 1 });
    rows.push(...logRows(name, "float32", step, values, golden));
  }
  rows.push(...(await normRows(name, learner, file)));
  await file.close();
  return rows;
}

async function normRows(name: string, learner: Learner, file: Checkpoint): Promise<Row[]> {
  const text = file.metadata.get("param_norm_sum") as string;
  const norms = JSON.parse(text) as Record<string, [norm: number, sum: number]>;
  const averages = [...(learner.ema?.state().shadow ?? [])].map(
    ([key, value]) => [`model_ema.${key.replaceAll(".", "")}`, value] as const,
  );
  const rows: Row[] = [];
  const add = async (key: string, value: Tensor, tolerance: number): Promise<void> => {
    const golden = norms[key];
    if (golden) rows.push(row(`${name}/norm ${key}`, await norm(value), golden[0], tolerance));
  };
  for (const [key, value] of stateDict(weightsOf(learner))) await add(key, value, 1e-3);
  // The golden's averages began at first values, of which 2/11 · 3/12 · 4/13 = 1.4 % is left; a mix factor begins at 2, not 0.3.
  for (const [key, value] of averages) {
    await add(key, value, key.endsWith("mix_factor") ? 9e-2 : 2e-2);
  }
  return rows;
}

async function norm(x: Tensor): Promise<number> {
  let squares = 0;
  for (const value of await x.readExact()) squares += value * value;
  return Math.sqrt(squares);
}

/** The vectors of two steps with both losses from the start; float64 there. */
export const blockNames = [
  "kl_causal_488_2d",
  "fsq_causal_488_4096_2d",
  "kl_noncausal_488_3d",
] as const;

const configs = {
  kl_causal_488_2d: "vidtok_kl_causal_488_4chn",
  fsq_causal_488_4096_2d: "vidtok_fsq_causal_488_4096",
  kl_noncausal_488_3d: "vidtok_kl_noncausal_488_4chn",
};

interface BlockRun {
  readonly steps: readonly Readonly<Record<string, number | readonly number[]>>[];
  readonly lecam_ema: readonly [real: number, fake: number];
}

const renamed: Readonly<Record<string, string>> = {
  ae_gradnorm_before_clip: "grad_norm_ae",
  disc_gradnorm_before_clip: "grad_norm_disc",
  logvar_after: "logvar",
};

/** The logs and some tensors after each of two steps. */
export async function measureBlock(name: (typeof blockNames)[number]): Promise<readonly Row[]> {
  const loss = "model.params.loss_config.params";
  const learner = await goldenLearner(
    configs[name],
    [
      "model.params.encoder_config.params.ch=8",
      `${loss}.disc_type=${name.slice(-2)}`,
      `${loss}.disc_start=0`,
      "model.base_learning_rate=1e-3",
    ],
    "last",
  );
  const [frames, input] = name.includes("noncausal") ? [4, "input:train4"] : [5, "input:train"];
  const shape = [2, 3, frames, 32, 32] as const;
  const { steps, lecam_ema } = readBlocks()[`train/${name}`] as BlockRun;
  const rows: Row[] = [];
  for (const [step, golden] of steps.entries()) {
    const batch = { jpg: hashClip(input, shape), shape, paths: [] };
    const values = await trainStep(learner, [batch], { globalStep: 2 * step, lrFactor: 1 });
    const logs: Record<string, number> = {};
    for (const [key, expected] of Object.entries(golden)) {
      if (typeof expected === "number") logs[renamed[key] ?? key] = expected;
      else rows.push(await tensorRow(`${name}/${step}/${key}`, learner, key, expected, step));
    }
    rows.push(...logRows(name, "float64", step, values, logs));
  }
  const { real, fake } = learner.loss.averages;
  return [
    ...rows,
    // A thousandth of the mean logits of two steps.
    row(`${name}/lecam real`, real, lecam_ema[0], 1e-4),
    row(`${name}/lecam fake`, fake, lecam_ema[1], 1e-4),
  ];
}

interface Combination {
  readonly options: Readonly<Record<string, string | number | boolean>>;
  readonly steps: readonly Readonly<Record<string, number>>[];
  readonly norms: Readonly<Record<string, number>>;
  readonly lecam: readonly [real: number, fake: number];
}

/** tools/lossCombinations.py: two steps with options of the loss that no shipped config has; float64 there. */
export const combinations = (
  JSON.parse(readFileSync(fixture("lossCombinations.json"), "utf8")) as {
    readonly cases: Readonly<Record<string, Combination>>;
  }
).cases;

/** The logs of two steps with a combination of the loss's options, and some norms at the end. */
export async function measureCombination(name: string): Promise<readonly Row[]> {
  const { options, steps, norms, lecam } = combinations[name]!;
  const overrides = Object.entries(options).map(
    ([option, value]) => `model.params.loss_config.params.${option}=${value}`,
  );
  const learner = await goldenLearner(
    "vidtok_kl_causal_488_4chn",
    ["model.params.encoder_config.params.ch=8", "model.base_learning_rate=1e-3", ...overrides],
    "last",
  );
  const shape = [2, 3, 5, 32, 32] as const;
  const rows: Row[] = [];
  for (const [step, golden] of steps.entries()) {
    const batch = { jpg: hashClip(`combination${step}`, shape), shape, paths: [] };
    const values = await trainStep(learner, [batch], { globalStep: 2 * step, lrFactor: 1 });
    rows.push(...logRows(name, "float64", step, values, golden));
  }
  const weights = stateDict(weightsOf(learner));
  for (const [key, expected] of Object.entries(norms)) {
    rows.push(row(`${name}/norm ${key}`, await norm(weights.get(key)!), expected, 1e-3));
  }
  const { real, fake } = learner.loss.averages;
  return [
    ...rows,
    row(`${name}/lecam real`, real, lecam[0], 1e-4),
    row(`${name}/lecam fake`, fake, lecam[1], 1e-4),
  ];
}

async function tensorRow(
  golden: string,
  learner: Learner,
  key: string,
  expected: readonly number[],
  step: number,
): Promise<Row> {
  const actual = await stateDict(weightsOf(learner)).get(key.replace("after:", ""))!.read();
  const worst = Math.max(...expected.map((value, i) => Math.abs(value - actual[i]!)));
  // A running mean takes a tenth of a mean of numbers around 1, each of which is exact to about 1e-6.
  return { golden, error: worst, tolerance: step === 0 ? 5e-7 : 3e-4 };
}
