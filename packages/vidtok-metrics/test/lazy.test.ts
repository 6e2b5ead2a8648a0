import { expect, test, vi } from "vitest";

vi.mock("@vidtok/tensor", () => {
  throw new Error("the engine was loaded");
});

test("PSNR and SSIM load no engine, and LPIPS does when it is called", async () => {
  const { lpips, psnr, ssim } = await import("../src/index.ts");
  const clip = { data: new Uint8Array(16 * 16 * 3), shape: [1, 16, 16, 3] };
  expect(psnr(clip, clip).mean).toBe(80);
  expect(ssim(clip, clip).mean).toBe(1);
  await expect(lpips(clip, clip)).rejects.toMatchObject({
    cause: { message: "the engine was loaded" },
  });
});
