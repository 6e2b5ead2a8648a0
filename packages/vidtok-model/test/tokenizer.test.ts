import { concat, grad, memory, noGrad, Random, slice, sum, tensor } from "@vidtok/tensor";
import { noise } from "@vidtok/tensor/testing";
import { expect, test } from "vitest";
import { indexTensor, readIndices } from "../src/regularizers/fsqCodes.ts";
import { microModel } from "./microModel.ts";

const clip = (frames = 5, shape: readonly number[] = [1, 3, frames, 4, 4]) => noise("clip", shape);

test("a causal model keeps its geometry to itself", async () => {
  const model = await microModel();
  expect(model).toMatchObject({
    isCausal: true,
    timeDownsampleFactor: 2,
    spatialDownsampleFactor: 2,
    codebookSize: null,
  });
  const { z, recon } = noGrad(() => model.forward(clip()));
  expect([z.shape, recon.shape]).toEqual([
    [1, 2, 3, 2, 2],
    [1, 3, 5, 4, 4],
  ]);
});

// Lengths in, of latents and out, from the published system with f = 2.
test.each([
  [1, 1, 1],
  [2, 1, 1],
  [3, 2, 3],
  [4, 2, 3],
  [5, 3, 5],
  [8, 4, 7],
])("%i frames make %i latent frames and come back as %i", async (frames, latents, out) => {
  const model = await microModel();
  const { z, recon } = noGrad(() => model.forward(clip(frames)));
  expect([z.shape[2], recon.shape[2]]).toEqual([latents, out]);
});

test("a non-causal model keeps a multiple of its stride", async () => {
  const model = await microModel({ family: "3dnoncausal" });
  expect(model.isCausal).toBe(false);
  const recon = noGrad(() => model.forward(clip(4)).recon);
  expect(recon.shape).toEqual([1, 3, 4, 4, 4]);
});

test("a causal model's latents do not depend on later frames", async () => {
  const model = await microModel();
  const [whole, start] = noGrad(() => [
    model.encode(clip(5), { sample: false }).z,
    model.encode(slice(clip(5), 2, 0, 3), { sample: false }).z,
  ]);
  const first = await slice(whole!, 2, 0, 2).readExact();
  const alone = await start!.readExact();
  alone.forEach((value, i) => expect(value).toBeCloseTo(first[i]!, 12));
});

test("strict lengths are refused with the lengths that fit", async () => {
  const model = await microModel();
  const encode = (frames: number) => () =>
    noGrad(() => model.encode(clip(frames), { lengths: "strict" }));
  expect(encode(4)).toThrow(
    'encode: 4 frames do not fit a causal stride of 2; use 3 or 5, or pass { lengths: "pad" }',
  );
  expect(encode(5)).not.toThrow();
  const other = await microModel({ family: "3dnoncausal" });
  expect(() => other.forward(clip(3), { lengths: "strict" })).toThrow(
    "forward: 3 frames do not fit a non-causal stride of 2; use 2 or 4",
  );
});

test("padded lengths come back whole", async () => {
  const model = await microModel();
  const { z, recon } = noGrad(() => model.forward(clip(4), { lengths: "pad" }));
  expect([z.shape[2], recon.shape[2]]).toEqual([3, 4]);
});

test.each([
  ["four axes", [3, 5, 4, 4], "encode: input [3, 5, 4, 4] has to be a clip [n, c, t, h, w]"],
  ["no frames", [1, 3, 0, 4, 4], "encode: input [1, 3, 0, 4, 4] has to be a clip [n, c, t, h, w]"],
  [
    "four channels",
    [1, 4, 5, 4, 4],
    "encode: input [1, 4, 5, 4, 4] has 4 channels but the model takes 3",
  ],
  [
    "tiny frames",
    [1, 3, 5, 1, 4],
    "encode: frames of 4 x 1 are smaller than the spatial stride of 2",
  ],
])("a clip with %s is refused", async (_, shape, message) => {
  const model = await microModel();
  const size = shape.reduce((a, b) => a * b, 1);
  const x = tensor(new Float32Array(size), shape);
  expect(() => model.encode(x)).toThrow(message);
});

test("too few frames for a non-causal model are refused", async () => {
  const model = await microModel({ family: "3dnoncausal" });
  expect(() => model.forward(clip(1))).toThrow(
    "forward: 1 frame is too few for a non-causal stride of 2; use at least 2",
  );
});

test("latents of the wrong shape are refused", async () => {
  const model = await microModel();
  expect(() => model.decode(clip(2))).toThrow(
    "decode: latents [1, 3, 2, 4, 4] have to be [n, 2, t, h, w] for this model",
  );
});

test("code numbers decode to what the latents decode to", async () => {
  const model = await microModel({ levels: [8, 5, 3] });
  expect(model.codebookSize).toBe(120);
  const { z, regLog } = noGrad(() => model.encode(clip()));
  const numbers = await readIndices(regLog.indices!);
  const again = indexTensor(numbers, regLog.indices!.shape, 120);
  const [a, b] = noGrad(() => [model.decode(z), model.decodeIndices(again)]);
  expect(await b!.readExact()).toEqual(await a!.readExact());
});

test("a KL model has no code numbers", async () => {
  const model = await microModel();
  expect(() => model.decodeIndices(tensor([0], [1, 1, 1, 1]))).toThrow(
    "decodeIndices: a model with a KL regularizer has no code numbers; use decode(z)",
  );
});

test("noise is on by default, follows the seed, and can be switched off", async () => {
  const latents = async (seed: number, sample?: boolean) => {
    const model = await microModel({ seed: 1 });
    model.random = new Random(seed);
    const options = sample === undefined ? {} : { sample };
    return noGrad(() => model.encode(clip(), options).z).readExact();
  };
  const model = await microModel({ seed: 1 });
  const [one, two] = noGrad(() => [model.encode(clip()).z, model.encode(clip()).z]);
  expect(await one!.readExact()).not.toEqual(await two!.readExact());
  expect(await latents(1)).toEqual(await one!.readExact());
  expect(await latents(2)).not.toEqual(await one!.readExact());
  const mean = noGrad(() => slice(model.encode(clip()).moments, 1, 0, 2));
  expect(await latents(1, false)).toEqual(await mean.readExact());
});

test("losses are left out of an encoding without gradients unless asked for", async () => {
  const model = await microModel({ levels: [4, 4] });
  const keys = (log: object) => Object.keys(log);
  expect(keys(noGrad(() => model.encode(clip()).regLog))).toEqual(["indices"]);
  expect(keys(noGrad(() => model.encode(clip(), { losses: true }).regLog))).toEqual([
    "indices",
    "aux_loss",
  ]);
  expect(keys(model.encode(clip()).regLog)).toEqual(["indices", "aux_loss"]);
  expect(keys(noGrad(() => model.forward(clip()).regLog))).toEqual(["indices", "aux_loss"]);
  expect(keys(noGrad(() => model.forward(clip(), { losses: false }).regLog))).toEqual(["indices"]);
});

test("a pass without gradients leaves only its results in memory", async () => {
  const model = await microModel({ levels: [4, 4] });
  const x = clip();
  const before = memory().live;
  const { z, recon, regLog } = noGrad(() => model.forward(x));
  for (const result of [z, recon, ...Object.values(regLog)]) result.free();
  expect(memory().live).toBe(before);
});

test("use_checkpoint changes neither results nor gradients", async () => {
  const run = async (use_checkpoint: boolean) => {
    const model = await microModel({ params: { use_checkpoint } });
    const x = clip();
    const { recon } = model.forward(x, { sample: false });
    const weights = [...model.namedParameters().values()].map(({ value }) => value);
    const gradients = grad(sum(recon), [x, ...weights]);
    return Promise.all([recon, ...gradients].map((value) => value.readExact()));
  };
  expect(await run(true)).toEqual(await run(false));
});

test("a fixed half is not trained, and a fixed encoder records nothing", async () => {
  const model = await microModel({ params: { fix_encoder: true } });
  const names = [...model.trainableParameters().keys()];
  expect(names.every((name) => name.startsWith("decoder."))).toBe(true);
  expect(names.length).toBeGreaterThan(0);
  const x = clip();
  const [dx] = grad(sum(model.forward(x, { sample: false }).recon), [x]);
  expect(Math.max(...(await dx!.readExact()))).toBe(0);
  const other = await microModel({ params: { fix_decoder: true } });
  expect([...other.trainableParameters().keys()].some((name) => name.startsWith("decoder."))).toBe(
    false,
  );
});

test("dropout acts in training only, with the same mask when a checkpoint computes again", async () => {
  const recon = async (training: boolean, use_checkpoint = false) => {
    const model = await microModel({ params: { dropout: 0.5, use_checkpoint } });
    const x = clip();
    const result = model.forward(x, { sample: false, training });
    const [dx] = grad(sum(result.recon), [x]);
    return [await result.recon.readExact(), await dx!.readExact()];
  };
  expect(await recon(true)).not.toEqual(await recon(false));
  expect(await recon(true, true)).toEqual(await recon(true, false));
});

test("options that no shipped config uses are honoured", async () => {
  const shapeOf = async (params: object) => {
    const model = await microModel({ params });
    const { recon } = noGrad(() => model.forward(clip(), { sample: false }));
    return [recon.shape, Math.max(...(await recon.readExact()).map(Math.abs))] as const;
  };
  expect((await shapeOf({ give_pre_end: true }))[0]).toEqual([1, 4, 5, 4, 4]);
  expect((await shapeOf({ tanh_out: true, out_ch: 1 }))[0]).toEqual([1, 1, 5, 4, 4]);
  expect((await shapeOf({ tanh_out: true }))[1]).toBeLessThan(1);
  expect((await shapeOf({ resamp_with_conv: false }))[0]).toEqual([1, 3, 5, 4, 4]);
  const names = [
    ...(await microModel({ params: { resamp_with_conv: false } })).namedParameters().keys(),
  ];
  expect(names.filter((name) => /(down|up)\.\d\.(down|up)sample/.test(name))).toEqual([]);
});

test.each(["replicate", "reflect", "constant"] as const)(
  "the first frames are padded by %s",
  async (init_pad_mode) => {
    const model = await microModel({ params: { init_pad_mode } });
    const x = clip(3);
    // A clip that is already a multiple of f is not padded, so the pad can be put in front by hand.
    const front = {
      replicate: () => slice(x, 2, 0, 1),
      reflect: () => slice(x, 2, 1, 2),
      constant: () => tensor(new Float32Array(48), [1, 3, 1, 4, 4]),
    }[init_pad_mode]();
    const [a, b] = noGrad(() => [
      model.encode(x).moments,
      model.encode(concat([front, x], 2)).moments,
    ]);
    expect(await a!.readExact()).toEqual(await b!.readExact());
  },
);

test("groupnorm needs a multiple of 32 channels", async () => {
  await expect(microModel({ params: { norm_type: "groupnorm" } })).rejects.toThrow(
    "createModel: norm_type groupnorm needs channels in 32 groups, which 4 are not",
  );
});
