import "@vidtok/backend-native";
import { Lpips } from "@vidtok/metrics/nets";
import { initialize } from "@vidtok/nn";
import { concat, grad, noGrad, slice, sum, useBackend } from "@vidtok/tensor";
import { assertClose, noise } from "@vidtok/tensor/testing";
import { beforeAll, expect, test } from "vitest";
import { perceptualDistance } from "../../src/losses/perceptual.ts";

// The smallest net that LPIPS has; what is tested does not depend on which it is.
const net = new Lpips("squeeze");

beforeAll(async () => {
  await useBackend("auto");
  initialize({ net }, 3);
});

// 2^17 pixels at once: of these frames two and then one.
const [N, SIZE] = [3, 210];

test("frames taken a few at a time have the distance and the slope that each has alone", async () => {
  const [x, recon] = [noise("x", [N, 3, SIZE, SIZE]), noise("recon", [N, 3, SIZE, SIZE])];
  const { distance, slope } = perceptualDistance(net, x, recon);
  expect(distance.shape).toEqual([N, 1, 1, 1]);
  expect(slope!.shape).toEqual(x.shape);
  const alone = Array.from({ length: N }, (_, i) => {
    const [a, b] = [slice(x, 0, i, i + 1), slice(recon, 0, i, i + 1)];
    const own = net.forward(a, b);
    return { distance: own, slope: grad(sum(own), [b])[0]! };
  });
  const joined = (key: "distance" | "slope") =>
    concat(
      alone.map((each) => each[key]),
      0,
    ).read();
  assertClose(await distance.read(), await joined("distance"), 1e-6, "distance");
  assertClose(await slope!.read(), await joined("slope"), 1e-5, "slope");
});

test("without recording there is a distance and no slope", async () => {
  const [x, recon] = [noise("x", [2, 3, 24, 24]), noise("recon", [2, 3, 24, 24])];
  const evaluated = noGrad(() => perceptualDistance(net, x, recon));
  expect(evaluated.slope).toBeUndefined();
  const trained = perceptualDistance(net, x, recon);
  expect(await evaluated.distance.read()).toEqual(await trained.distance.read());
});

test("equal frames are at distance 0, with a slope that is finite", async () => {
  const x = noise("x", [1, 3, 24, 24]);
  const { distance, slope } = perceptualDistance(net, x, x);
  expect(await distance.item()).toBe(0);
  expect((await slope!.read()).every(Number.isFinite)).toBe(true);
});
