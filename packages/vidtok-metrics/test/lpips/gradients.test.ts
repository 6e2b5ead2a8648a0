import "@vidtok/backend-native";
import { initialize } from "@vidtok/nn";
import {
  grad,
  memory,
  noGrad,
  scope,
  sizeOf,
  sum,
  tensor,
  useBackend,
  type Shape,
  type Tensor,
} from "@vidtok/tensor";
import { assertClose, gradcheck, hashValues, traced } from "@vidtok/tensor/testing";
import { expect, test } from "vitest";
import { Lpips } from "../../src/nets.ts";
import { loadHashWeights } from "../hashWeights.ts";

const channels = [64, 128, 256, 512, 512];

test("the comparison of features has the gradient of its formula", async () => {
  const shapes = [...channels, ...channels].map((c): Shape => [1, c, 1, 2]);
  const compare = (...features: Tensor[]): Tensor => {
    // The weights have to be on the backend of the check.
    const net = new Lpips();
    for (const head of [net.lin0, net.lin1, net.lin2, net.lin3, net.lin4]) initialize(head!, 0);
    return net.compare(features.slice(0, 5), features.slice(5));
  };
  expect(await gradcheck(compare, shapes, { low: 0, high: 1 })).toBeLessThan(1e-6);
});

test("the gradient is finite where all features are 0", async () => {
  await useBackend("auto");
  const net = new Lpips("alex");
  await loadHashWeights(net);
  const shapes = [64, 192, 384, 256, 256].map((c) => [1, c, 1, 1]);
  const dark = shapes.map((shape) => tensor(new Float32Array(shape[1]!), shape));
  const bright = shapes.map((shape) => tensor(new Float32Array(shape[1]!).fill(1), shape));
  for (const other of [dark, bright]) {
    const gradients = grad(sum(net.compare(dark, other)), dark);
    for (const gradient of gradients) {
      expect((await gradient.read()).every(Number.isFinite)).toBe(true);
    }
  }
});

test("down the gradient the distance falls as fast as the gradient says", async () => {
  await useBackend("auto");
  const net = new Lpips();
  await loadHashWeights(net, "loss.perceptual_loss.");
  const shape = [1, 3, 24, 24];
  const count = 3 * 24 * 24;
  const target = tensor(hashValues("target", count), shape);
  const start = hashValues("start", count);
  const x = tensor(start, shape);
  const distance = net.forward(target, x);
  const [gradient] = grad(sum(distance), [x]);
  const slope = await gradient!.read();
  // What is learned from needs no gradient of its own.
  const fixed = noGrad(() => net.features(target));
  const [same] = grad(sum(net.compare(fixed, net.features(x))), [x]);
  assertClose(await same!.read(), slope, 1e-6);
  const norm = Math.hypot(...slope);
  const step = 0.01;
  const at = (offset: number): Promise<number> => {
    const moved = tensor(
      start.map((v, i) => v + (offset * slope[i]!) / norm),
      shape,
    );
    return noGrad(() => net.forward(target, moved)).item();
  };
  const measured = ((await at(step)) - (await at(-step))) / (2 * step);
  assertClose([measured], [norm], 0.01);
});

test("a training step keeps only features of the fixed frames and asks for no gradient of a weight", async () => {
  const { backend, log } = traced(await useBackend("auto"));
  await useBackend(backend);
  const net = new Lpips("alex");
  await loadHashWeights(net);
  const shape = [2, 3, 40, 40];
  const x = tensor(hashValues("target", sizeOf(shape)), shape);
  const y = tensor(hashValues("start", sizeOf(shape)), shape);
  const { live } = memory();
  const kept = <T>(f: () => T): number => {
    const before = memory().live;
    f();
    return memory().live - before;
  };
  scope(() => {
    const recorded = kept(() => net.features(x));
    const features = kept(() => noGrad(() => net.features(x)));
    const both = kept(() => net.compare(net.features(x), net.features(y)));
    expect(features).toBeLessThan(recorded / 2);
    expect(kept(() => net.forward(x, y))).toBe(both - recorded + features);
  });
  scope(() => {
    const distance = sum(net.forward(x, y));
    log.length = 0;
    grad(distance, [y]);
  });
  expect(log.filter((kernel) => kernel.startsWith("conv "))).toHaveLength(5);
  expect(log.filter((kernel) => kernel.startsWith("convWeight"))).toEqual([]);
  expect(memory().live).toBe(live);
});
