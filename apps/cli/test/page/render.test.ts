import { expect, test } from "vitest";
import { findChromium, withBrowser } from "../../../../packages/tensor/test/browser/chromium.ts";
import { page } from "../../src/page/page.ts";

const frames = Array.from({ length: 900 }, (_, i) => 30 + Math.sin(i / 20));
const scores = { mean: 30, frames };
const name = `${"a-very-long-name-".repeat(8)}.mp4`;
const shown = page({
  title: `Evaluation of /data/${name}`,
  measured: {
    videos: [{ name, frames: 900, scores: { psnr: scores, ssim: scores, lpips: scores } }],
    total: { frames: 900, psnr: 30, ssim: 30, lpips: 30 },
    fvd: { value: 1, clips: 56, warnings: [] },
    settings: {},
  },
  ...{ broken: [], sheets: [], settings: { checkpoint: { sha256: "0123456789abcdef".repeat(4) } } },
});

test.for(["light", "dark"] as const)(
  "on a narrow screen nothing sticks out, in %s colours",
  async (colorScheme, { skip }) => {
    const chromium = findChromium();
    if (chromium === undefined) {
      return skip("browser tests need Chromium: install it, or set CHROMIUM_PATH");
    }
    await withBrowser(chromium, async (browser) => {
      for (const width of [320, 1280]) {
        const tab = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
        await tab.setContent(shown);
        const found = await tab.evaluate(`({
          width: document.documentElement.scrollWidth,
          dark: getComputedStyle(document.body).backgroundColor !== "rgb(255, 255, 255)",
          plots: document.querySelectorAll("svg polyline").length,
        })`);
        expect(found).toEqual({ width, dark: colorScheme === "dark", plots: 3 });
      }
    });
  },
);
