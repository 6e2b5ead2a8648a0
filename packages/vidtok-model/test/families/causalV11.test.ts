import { contiguous, expand, noGrad, slice, sub } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import { noise } from "@vidtok/tensor/testing";
import { expect, test } from "vitest";
import { microModel } from "../microModel.ts";

const clip = (frames: number): Tensor => noise("clip", [1, 3, frames, 4, 4]);
const options = {
  family: "3dcausal_v1_1",
  params: {
    ...{ ch_mult: [1, 1, 2], tempo_ds: [0, 1], tempo_us: [1, 2], time_downsample_factor: 4 },
    interpolation_mode: "trilinear",
  },
} as const;

test.each([
  [1, 1],
  [2, 1],
  [4, 1],
  [5, 2],
  [16, 4],
  [17, 5],
  [18, 5],
])("%i frames become %i latent frames and come back whole", async (frames, latents) => {
  const model = await microModel(options);
  const { z, recon } = noGrad(() => model.forward(clip(frames), { sample: false }));
  expect([z.shape[2], recon.shape[2]]).toEqual([latents, frames]);
  const strict = noGrad(() => model.forward(clip(frames), { lengths: "strict" }).recon);
  expect(strict.shape[2]).toBe(frames);
});

test("a reconstruction is the end of what the decoder returns", async () => {
  const model = await microModel(options);
  const { z, recon } = noGrad(() => model.forward(clip(6), { sample: false }));
  const decoded = noGrad(() => model.decode(z));
  expect(decoded.shape[2]).toBe(8);
  const end = contiguous(slice(decoded, 2, 2));
  expect(await end.readExact()).toEqual(await contiguous(recon).readExact());
});

// Every layer continues its first frame to the left, so nothing tells where a still video begins.
test("all frames of a still video are the same, in latents and in the reconstruction", async () => {
  const model = await microModel(options);
  const frame = noise("frame", [1, 3, 1, 4, 4]);
  const { z, recon } = noGrad(() =>
    model.forward(expand(frame, [1, 3, 9, 4, 4]), { sample: false }),
  );
  const alone = noGrad(() => model.encode(frame, { sample: false }).z);
  for (const [video, first] of [
    [z, alone],
    [recon, slice(recon, 2, 0, 1)],
  ] as const) {
    const differences = sub(video, expand(first, video.shape));
    const values = await contiguous(differences).readExact();
    expect(Math.max(...values.map(Math.abs))).toBeLessThan(1e-12);
  }
});

test("frames in front are as init_pad_mode says", async () => {
  const params = { ...options.params, init_pad_mode: "constant" };
  const [repeated, zeros] = [await microModel(options), await microModel({ ...options, params })];
  const [a, b] = [repeated, zeros].map((model) =>
    noGrad(() => contiguous(model.encode(clip(3), { sample: false }).z)),
  );
  expect(await a!.readExact()).not.toEqual(await b!.readExact());
});
