import { expect, test } from "vitest";
import { Psnr, psnr, Ssim, ssim } from "../src/index.ts";
import { noisyPair } from "./pairs.ts";

const first = noisyPair([3, 3, 40, 48], "input:psnr_a", "input:psnr_b");
const second = noisyPair([1, 3, 32, 20], "a", "b");
const options = { layout: "tchw" } as const;

test.each([
  { name: "PSNR", metric: psnr, make: () => new Psnr(options) },
  { name: "SSIM", metric: ssim, make: () => new Ssim(options) },
])("mean $name over videos counts every frame once, over workers too", ({ metric, make }) => {
  const [one, other] = [make(), make()];
  expect(() => one.compute()).toThrow(/(psnr|ssim): 0 frames have no mean; call update first/);
  expect(one.update(...first).mean).toBe(metric(...first, options).mean);
  other.update(...second);
  one.merge(structuredClone(other.state));
  const { mean, count } = one.compute();
  expect(count).toBe(4);
  const frames = [...metric(...first, options).frames, ...metric(...second, options).frames];
  expect(mean).toBeCloseTo(frames.reduce((sum, value) => sum + value, 0) / 4, 12);
});
