import { expect, test } from "vitest";
import { ranked } from "../../src/page/ranked.ts";
import type { ScoredVideo } from "../../src/metrics/totals.ts";

const video = (name: string, scores: Record<string, number>): ScoredVideo => ({
  name,
  frames: 1,
  scores: Object.fromEntries(
    Object.entries(scores).map(([metric, mean]) => [metric, { mean, frames: [mean] }]),
  ),
});

function labels(videos: readonly ScoredVideo[]): readonly string[] {
  return ranked(videos).map(({ label, video: { name } }) => `${label} ${name}`);
}

test("PSNR decides, then SSIM, then LPIPS, which is better when small", () => {
  const mixed = [
    video("a", { psnr: 30, ssim: 0.9, lpips: 0.1 }),
    video("b", { psnr: 20, ssim: 0.95, lpips: 0.3 }),
    video("c", { psnr: 25, ssim: 0.8, lpips: 0.2 }),
  ];
  expect(labels(mixed)).toEqual(["best a", "median c", "worst b"]);
  const without = (metric: string) =>
    mixed.map(({ name, scores }) =>
      video(
        name,
        Object.fromEntries(
          Object.entries(scores).flatMap(([key, { mean }]) =>
            key === "psnr" || key === metric ? [] : [[key, mean]],
          ),
        ),
      ),
    );
  expect(labels(without("lpips"))).toEqual(["best b", "median a", "worst c"]);
  expect(labels(without("ssim"))).toEqual(["best a", "median c", "worst b"]);
});

test("few videos have no place twice", () => {
  const [a, b] = [video("a", { psnr: 1 }), video("b", { psnr: 2 })];
  expect(labels([a])).toEqual(["best a"]);
  expect(labels([a, b])).toEqual(["best b", "worst a"]);
  expect(labels([])).toEqual([]);
  expect(labels([video("c", {})])).toEqual([]);
});
