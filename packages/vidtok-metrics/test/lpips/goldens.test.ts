import { readFileSync } from "node:fs";
import "@vidtok/backend-native";
import { noGrad, tensor, useBackend, type Tensor } from "@vidtok/tensor";
import { assertClose, hashValues } from "@vidtok/tensor/testing";
import { beforeAll, expect, test } from "vitest";
import { lpips } from "../../src/index.ts";
import { Lpips } from "../../src/nets.ts";
import { loadHashWeights } from "../hashWeights.ts";
import { storedPair } from "../pairs.ts";

interface Sampled {
  readonly shape: readonly number[];
  readonly sum: number;
  readonly sumsq: number;
  readonly samples: readonly number[];
}

const golden = JSON.parse(
  readFileSync(new URL("../fixtures/lpips.json", import.meta.url), "utf8"),
) as Record<string, Sampled> & { readonly value: readonly number[] };

const net = new Lpips();
let a: Tensor;
let b: Tensor;

beforeAll(async () => {
  await useBackend("auto");
  await loadHashWeights(net, "loss.perceptual_loss.");
  const shape = [2, 3, 32, 40];
  [a, b] = ["input:lp_a", "input:lp_b"].map((name) =>
    tensor(hashValues(name, 2 * 3 * 32 * 40), shape),
  ) as [Tensor, Tensor];
});

test("the features of every slice equal the reference's", async () => {
  const { shift, scale } = net.scaling_layer;
  expect([...(await shift.value.read())]).toEqual([-0.03, -0.088, -0.188].map(Math.fround));
  expect([...(await scale.value.read())]).toEqual([0.458, 0.448, 0.45].map(Math.fround));
  const features = noGrad(() => net.features(a));
  expect(features).toHaveLength(5);
  for (const [k, feature] of features.entries()) {
    const { shape, samples, sum, sumsq } = golden[`vgg_slice${k + 1}`]!;
    expect(feature.shape).toEqual(shape);
    const values = await feature.read();
    const last = samples.length - 1;
    const picked = samples.map((_, i) => values[Math.floor((i * (values.length - 1)) / last)]!);
    assertClose(picked, samples, 1e-5, `slice${k + 1}`);
    assertClose([values.reduce((total, v) => total + v, 0)], [sum], 1e-5);
    assertClose([values.reduce((total, v) => total + v * v, 0)], [sumsq], 1e-5);
  }
});

test("the distances equal the reference's", async () => {
  const distances = noGrad(() => net.forward(a, b));
  expect(distances.shape).toEqual([2, 1, 1, 1]);
  assertClose(await distances.read(), golden.value, 1e-5, "lpips");
});

test("clips stored in channel, time order score per frame what PyTorch finds", async () => {
  const { x, y } = storedPair();
  const result = await lpips(x, y, { layout: "cthw", weights: net });
  assertClose(result.frames, [0.3472750186920166, 0.38053223490715027], 1e-5, "lpips");
  expect(result.mean).toBeCloseTo(0.36390362679958344, 5);
  expect(result.settings).toMatchObject({ backbone: "vgg", version: "0.1", weights: "given" });
});
