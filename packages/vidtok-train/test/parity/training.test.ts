import { openCheckpoint, stateDict } from "@vidtok/nn";
import { memory, useBackend } from "@vidtok/tensor";
import { beforeAll, expect, test } from "vitest";
import { weightsOf } from "../../src/loop/learner.ts";
import { trainStep } from "../../src/loop/trainStep.ts";
import { fixture, goldenLearner, readBlocks } from "./goldenLearner.ts";
import { hashClip } from "./hash.ts";

beforeAll(() => useBackend("auto"));

function relative(actual: number, expected: number): number {
  return Math.abs(actual - expected) / Math.max(Math.abs(expected), 1e-12);
}

const VIDEO = [1, 3, 5, 32, 32] as const;

test.each(["train_kl_causal_2d", "train_fsq_causal_3d"])("golden %s", async (name) => {
  const file = await openCheckpoint(fixture(`${name}.safetensors`));
  const read = (key: string): string => file.metadata.get(key) as string;
  const parsed = <T>(key: string): T => JSON.parse(read(key)) as T;
  const overridesOf = (key: string, path: string): string[] =>
    Object.entries(parsed<Record<string, unknown>>(key)).map(
      ([field, value]) => `${path}.${field}=${JSON.stringify(value)}`,
    );
  const learner = await goldenLearner(
    read("config"),
    [
      ...overridesOf("overrides", "model.params.encoder_config.params"),
      ...overridesOf("loss_overrides", "model.params.loss_config.params"),
      `model.base_learning_rate=${read("lr")}`,
      ...(read("ema_decay") === "None" ? [] : [`model.params.ema_decay=${read("ema_decay")}`]),
    ],
    "each",
  );
  const logs = parsed<Record<string, number>[]>("logs");
  for (const [k, golden] of logs.entries()) {
    const batch = { jpg: hashClip(`batch${k}`, VIDEO), shape: VIDEO, paths: [`batch${k}`] };
    const values = await trainStep(learner, [batch], { globalStep: 2 * k, lrFactor: 1 });
    for (const [key, expected] of Object.entries(golden)) {
      const actual = values.get(key.replace("train/", ""));
      console.log(
        k,
        key,
        actual,
        expected,
        actual === undefined ? "MISSING" : relative(actual, expected).toExponential(1),
      );
    }
  }
  const sums = parsed<Record<string, [number, number]>>("param_norm_sum");
  let worst = 0;
  for (const [key, value] of stateDict(weightsOf(learner))) {
    const golden = sums[key];
    if (!golden) {
      console.log("no golden", key);
      continue;
    }
    const data = await value.readExact();
    const norm = Math.sqrt(data.reduce((s, v) => s + v * v, 0));
    const e = relative(norm, golden[0]);
    if (e > 1e-5) console.log(key, norm, golden[0]);
    worst = Math.max(worst, e);
  }
  console.log(
    "worst norm",
    worst,
    memory(),
    Object.keys(sums)
      .filter((k) => !stateDict(weightsOf(learner)).has(k))
      .slice(0, 5),
  );
  await file.close();
});
