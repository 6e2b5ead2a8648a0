import { contiguous, noGrad } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import { noise } from "@vidtok/tensor/testing";
import { expect, test } from "vitest";
import { microModel } from "./microModel.ts";

const v11 = { family: "3dcausal_v1_1", params: { interpolation_mode: "trilinear" } } as const;
const clip = (): Tensor => noise("clip", [1, 3, 9, 4, 4]);
const tiling = { t_chunk_enc: 4 };

test("at a stride of two, chunks with look-ahead are the clip at once", async () => {
  const model = await microModel(v11);
  const whole = noGrad(() => model.forward(clip(), { sample: false }).recon);
  const chunked = noGrad(
    () => model.forward(clip(), { sample: false, tiling: { ...tiling, use_overlap: true } }).recon,
  );
  expect(await contiguous(chunked).readExact()).toEqual(await contiguous(whole).readExact());
});

test("chunks without look-ahead have seams where interpolation meets their ends", async () => {
  const model = await microModel(v11);
  const z = noise("z", [1, 2, 5, 2, 2]);
  const [whole, chunked] = noGrad(() => [model.decode(z), model.decode(z, { tiling })]);
  expect(chunked!.shape).toEqual(whole!.shape);
  expect(await contiguous(chunked!).readExact()).not.toEqual(await contiguous(whole!).readExact());
});

test("codes of all chunks follow one another, and losses are the mean over chunks", async () => {
  const model = await microModel({ ...v11, levels: [8, 5, 3] });
  const options = { sample: false, losses: true } as const;
  const whole = noGrad(() => model.encode(clip(), options).regLog);
  const chunked = noGrad(() => model.encode(clip(), { ...options, tiling }).regLog);
  expect(chunked.indices!.shape).toEqual([1, 5, 2, 2]);
  expect(await chunked.indices!.readExact()).toEqual(await whole.indices!.readExact());
  expect(chunked.aux_loss!.shape).toEqual([]);
  const codes = noGrad(() => model.decodeIndices(chunked.indices!, { tiling }));
  expect(codes.shape).toEqual([1, 3, 10, 4, 4]);
});

test("use_tiling and t_chunk_enc of a config are the default", async () => {
  const engine = { use_tiling: true, t_chunk_enc: 4 };
  const target = "vidtok.models.autoencoder_v1_1.AutoencodingEngine";
  const [plain, tiled] = [await microModel(v11), await microModel({ ...v11, engine, target })];
  const asked = noGrad(() => plain.forward(clip(), { sample: false, tiling }).recon);
  const byConfig = noGrad(() => tiled.forward(clip(), { sample: false }).recon);
  expect(await contiguous(byConfig).readExact()).toEqual(await contiguous(asked).readExact());
});

test.each([
  [{ t_chunk_enc: 3 }, "forward: t_chunk_enc is 3 and has to be a multiple of the stride 2"],
  [{ t_chunk_enc: NaN }, "forward: t_chunk_enc is NaN"],
  [{ t_chunk_enc: 4, t_chunk_dec: 0 }, "forward: t_chunk_dec is 0 and has to be a whole number"],
])("chunks of %o are refused", async (bad, message) => {
  const model = await microModel(v11);
  expect(() => noGrad(() => model.forward(clip(), { tiling: bad }))).toThrow(message);
});

test("a look-ahead at a stride the reference does not know is refused", async () => {
  const params = { ...v11.params, tempo_ds: [], tempo_us: [], time_downsample_factor: 1 };
  const model = await microModel({ ...v11, params });
  const look = { t_chunk_enc: 4, use_overlap: true };
  expect(() => noGrad(() => model.forward(clip(), { tiling: look }))).toThrow(
    "forward: use_overlap needs a stride of 2, 4, 8, this one is 1",
  );
});

test("other families have no chunks, and chunks no gradients", async () => {
  const causal = await microModel();
  expect(() => noGrad(() => causal.encode(clip(), { tiling }))).toThrow(
    "encode: tiling is of v1.1 models, this one is causal; use encodeStream and decodeStream",
  );
  const noncausal = await microModel({ family: "3dnoncausal" });
  const z = noise("z", [1, 2, 2, 2, 2]);
  expect(() => noGrad(() => noncausal.decode(z, { tiling }))).toThrow("leave tiling out");
  const model = await microModel(v11);
  expect(() => model.forward(clip(), { tiling })).toThrow("forward: tiling has no gradients");
});
