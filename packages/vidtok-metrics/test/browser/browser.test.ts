import { expect, test } from "vitest";
import { bundlePage, findChromium, withPage } from "../../../tensor/test/browser/chromium.ts";
import { psnr, ssim } from "../../src/index.ts";
import { noisyPair } from "../pairs.ts";

const page = new URL("page.ts", import.meta.url);
const pair = noisyPair([3, 3, 40, 48], "input:psnr_a", "input:psnr_b").map(({ data, shape }) => ({
  data: Float32Array.from(data as Float64Array),
  shape,
}));

test("a bundle for browsers needs nothing of Node", async () => {
  const script = await bundlePage(page);
  expect(script).not.toMatch(/^import /m);
  expect(script.length).toBeLessThan(20_000);
});

test("PSNR and SSIM in the browser are those in Node", async ({ skip }) => {
  const chromium = findChromium();
  if (chromium === undefined) {
    return skip("browser tests need Chromium: install it, or set CHROMIUM_PATH");
  }
  const numbers = JSON.stringify(
    pair.map(({ data, shape }) => ({ data: Array.from(data), shape })),
  );
  await withPage(chromium, await bundlePage(page), async (browser, address) => {
    const tab = await browser.newPage();
    await tab.goto(address);
    const [a, b] = [pair[0]!, pair[1]!];
    expect(await tab.evaluate(`measure(${numbers})`)).toEqual({
      psnr: psnr(a, b, { layout: "tchw" }).mean,
      ssim: ssim(a, b, { layout: "tchw" }).mean,
      streamed: psnr(a, b, { layout: "tchw" }).mean,
      process: "undefined",
    });
  });
});
