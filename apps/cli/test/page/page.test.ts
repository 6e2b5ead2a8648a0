import { expect, test } from "vitest";
import type { Measured } from "../../src/metrics/totals.ts";
import { page } from "../../src/page/page.ts";
import type { Report } from "../../src/page/report.ts";

const measured: Measured = {
  videos: [
    { name: "<b>.mp4", frames: 2, scores: { psnr: { mean: 30.126, frames: [30, 30.252] } } },
    { name: "c.mp4", frames: 1, repeated: 0, scores: { psnr: { mean: 20, frames: [20] } } },
  ],
  total: { frames: 3, psnr: 26.75 },
  fvd: { value: 123.456, clips: 4, warnings: ["fewer videos than features"] },
  settings: {},
};

const report: Report = {
  title: "a & b",
  measured,
  broken: [{ name: "cut.mp4", reason: "cut.mp4 ends early" }],
  sheets: [{ label: "best", video: "<b>.mp4", png: Uint8Array.of(1, 2, 3) }],
  settings: { sampling: { fps: 30 }, checkpoint: null, metrics: ["psnr", "fvd"] },
};

/** The page as lines of text, without its head and its markup. */
function text(shown: Report): string {
  return page(shown)
    .replace(/^[^]*<body>/, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
    .replace(/\s+/g, " ")
    .trim();
}

test("the page has totals, warnings, what is left out, and rows with their means", () => {
  const shown = text(report);
  expect(shown).toContain("a & b 2 videos, 3 frames · vidtok ");
  expect(shown).toContain("26.75 PSNR in dB ↑ 123.46 FVD ↓, of 4 clips");
  expect(shown).toContain("FVD: fewer videos than features");
  expect(shown).toContain("cut.mp4: cut.mp4 ends early");
  expect(shown).toContain(
    "video frames PSNR in dB ↑ <b>.mp4 2 30.13 c.mp4 1 20.00 all 3 26.75 Frame by frame",
  );
  expect(shown).toContain("mean 30.13, worst 30.00 in frame 0");
  expect(shown).toContain("sampling.fps 30 checkpoint none metrics psnr, fvd");
});

test("repeated frames are counted apart", () => {
  const [first, second] = measured.videos;
  const repeating = {
    ...measured,
    videos: [{ ...first!, repeated: 1 }, second!],
    withoutRepeated: { frames: 2, psnr: 25 },
  };
  const shown = text({ ...report, measured: repeating });
  expect(shown).toContain("3 frames, 1 of them repeats that fill up a last clip");
  expect(shown).toContain("all 3 1 26.75 without repeated 2 0 25.00");
});

test("the page needs nothing but itself and escapes names", () => {
  const whole = page(report);
  expect(whole).toMatch(/^<!doctype html>/);
  expect(whole).toContain("data:image/png;base64,AQID");
  expect(whole).not.toMatch(/https?:|<script|<link|url\(|<b>\.mp4/);
});

test("what was not measured has no section", () => {
  const bare = text({
    ...{ title: "t", broken: [], sheets: [], settings: {} },
    measured: {
      ...{ videos: [{ name: "a", frames: 1, scores: {} }], total: { frames: 1 } },
      ...{ fvd: undefined, settings: {} },
    },
  });
  expect(bare).not.toMatch(/Left out|Pictures|Frame by frame/);
});
