import "@vidtok/backend-native";
import { initialize } from "@vidtok/nn";
import { memory, noGrad, scope, sizeOf, tensor, useBackend } from "@vidtok/tensor";
import { beforeAll, expect, test } from "vitest";
import { LpipsMean } from "../src/index.ts";
import { I3d, Lpips } from "../src/nets.ts";

beforeAll(async () => {
  await useBackend("auto");
});

test.each([
  ["Lpips", "loadLpips", () => new Lpips("squeeze"), [1, 3, 17, 17]],
  ["I3d", "loadI3d", () => new I3d(), [1, 3, 9, 224, 224]],
] as const)("a disposed %s is freed, and says so when it is used", (name, load, create, shape) => {
  const { live } = memory();
  const net = create();
  initialize(net, 0);
  expect(memory().live).toBeGreaterThan(live);
  net.dispose();
  net.dispose();
  expect(memory().live).toBe(live);
  const frames = tensor(new Float32Array(sizeOf(shape)), shape);
  const use = (): unknown =>
    noGrad(() =>
      scope(() => (net instanceof I3d ? net.forward(frames) : net.forward(frames, frames))),
    );
  expect(use).toThrow(`${name}: disposed; load a new one with ${load}`);
  frames.free();
});

test("a mean of LPIPS leaves a net that it was given, and frees its own", async () => {
  const net = new Lpips("squeeze");
  initialize(net, 0);
  const { live } = memory();
  {
    await using mean = new LpipsMean({ weights: net });
    await mean.open();
  }
  expect(memory().live).toBe(live);
  net[Symbol.dispose]();
  expect(memory().live).toBeLessThan(live);
});
