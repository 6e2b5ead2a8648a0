import "@vidtok/backend-native";
import {
  concat,
  contiguous,
  memory,
  noGrad,
  scope,
  slice,
  UnavailableError,
  useBackend,
} from "@vidtok/tensor";
import type { Backend, Tensor } from "@vidtok/tensor";
import { noise } from "@vidtok/tensor/testing";
import { expect, test } from "vitest";
import type { StreamState, Tokenizer } from "../src/index.ts";
import { microModel } from "./microModel.ts";

const clip = (frames: number, size = 4, n = 1): Tensor => noise("clip", [n, 3, frames, size, size]);

interface Both {
  readonly z: Tensor;
  readonly recon: Tensor;
}

/** The clip in runs of the given lengths, each encoded and decoded before the next one. */
function streamed(model: Tokenizer, x: Tensor, lengths: readonly number[]): Both {
  const states: { encoder?: StreamState; decoder?: StreamState } = {};
  let start = 0;
  const parts = lengths.map((length, i): Both => {
    const frames = slice(x, 2, start, (start += length));
    const ends = i === lengths.length - 1;
    const encoded = model.encodeStream(frames, { before: states.encoder, sample: false, ends });
    const decoded = model.decodeStream(encoded.z, { before: states.decoder, ends });
    Object.assign(states, { encoder: encoded.state, decoder: decoded.state });
    return { z: encoded.z, recon: decoded.recon };
  });
  states.encoder?.free();
  states.decoder?.free();
  return {
    z: concat(
      parts.map(({ z }) => z),
      2,
    ),
    recon: concat(
      parts.map(({ recon }) => recon),
      2,
    ),
  };
}

/** The clip at once, with all that the decoder returns. */
function wholeOf(model: Tokenizer, x: Tensor): Both {
  const { z } = model.encode(x, { sample: false });
  return { z, recon: model.decode(z) };
}

async function expectSame(actual: Both, expected: Both): Promise<void> {
  for (const key of ["z", "recon"] as const) {
    expect(actual[key].shape).toEqual(expected[key].shape);
    expect(await contiguous(actual[key]).readExact()).toEqual(
      await contiguous(expected[key]).readExact(),
    );
  }
}

const four = {
  params: { ch_mult: [1, 1, 2], tempo_ds: [0, 1], tempo_us: [1, 2], time_downsample_factor: 4 },
};

const eight = {
  ...{ ch_mult: [1, 1, 1, 2], tempo_ds: [0, 1, 2], tempo_us: [1, 2, 3] },
  time_downsample_factor: 8,
};

function v11(params: object = {}) {
  return {
    family: "3dcausal_v1_1",
    params: { interpolation_mode: "trilinear", ...params },
  } as const;
}

test.each([
  ["one and then two", {}, [1, 2, 2]],
  ["three and then two", {}, [3, 2]],
  ["one and then four", {}, [1, 4]],
  ["all", {}, [5]],
  ["two, without a first one", {}, [2, 2, 2]],
  ["one and then two, with group norm", { params: { ch: 32, norm_type: "groupnorm" } }, [1, 2, 2]],
  ["one and then two, with zeros in front", { params: { init_pad_mode: "constant" } }, [1, 2, 2]],
  ["five and then eight, at a stride of four", four, [5, 8]],
  ["one and then four, at a stride of four", four, [1, 4, 4]],
  ["one and then two, as codes", { levels: [8, 5, 3] }, [1, 2, 2]],
  ["one and then two, in v1.1", v11(), [1, 2, 2, 2]],
  ["two, in v1.1", v11(), [2, 2, 2]],
  [
    "three and then two, in v1.1 with repeated frames",
    v11({ interpolation_mode: "nearest" }),
    [3, 2, 2],
  ],
  ["one and then four, in v1.1 at a stride of four", v11(four.params), [1, 4, 4]],
  ["three and then four, in v1.1 at a stride of four", v11(four.params), [3, 4, 8]],
  ["all, in v1.1 at a stride of four", v11(four.params), [9]],
  ["one and then eight, in v1.1 at a stride of eight", v11(eight), [1, 8, 8]],
])("runs of %s frames are the clip to the bit", async (_, options, lengths) => {
  const model = await microModel(options);
  const x = clip(
    lengths.reduce((a, b) => a + b, 0),
    8,
  );
  const whole = wholeOf(model, x);
  await expectSame(
    noGrad(() => streamed(model, x, lengths)),
    whole,
  );
});

test.for([
  ["f32", "3dcausal"],
  ["bf16", "3dcausal"],
  ["f32", "3dcausal_v1_1"],
  ["bf16", "3dcausal_v1_1"],
] as const)(
  "runs of frames are the clip to the bit on native in %s of %s",
  async ([precision, family], { skip }) => {
    const backend = await native(skip);
    // Wide enough for every kernel that a full-size model meets.
    const params = { ch: 64, ch_mult: [1, 1], interpolation_mode: "trilinear" };
    const model = await microModel({ backend, precision, family, params });
    const x = clip(7, 32);
    const whole = wholeOf(model, x);
    await expectSame(
      noGrad(() => streamed(model, x, [3, 2, 2])),
      whole,
    );
  },
);

test.for([4, 5])(
  "%i frames computed a few at a time are what they are when gradients are recorded",
  async (frames, { skip }) => {
    const model = await microModel({ backend: await native(skip) });
    // A frame of these clips is half as many pixels as are computed at a time.
    const x = clip(frames, 32, 64);
    const whole = model.forward(x, { sample: false });
    const grouped = noGrad(() => model.forward(x, { sample: false }));
    await expectSame(grouped, whole);
  },
);

test("clips of more frames than a group takes are what each is alone", async ({ skip }) => {
  const model = await microModel({ backend: await native(skip) });
  const x = clip(25, 32, 64);
  const [all, first] = noGrad(() => [
    model.forward(x, { sample: false }),
    model.forward(slice(x, 0, 0, 1), { sample: false }),
  ]);
  await expectSame({ z: slice(all.z, 0, 0, 1), recon: slice(all.recon, 0, 0, 1) }, first);
});

test("the next frames take no more memory than those before", async () => {
  const model = await microModel();
  const live: number[] = [];
  let state: StreamState | undefined;
  for (let i = 0; i < 4; i++) {
    const x = noise("clip", [1, 3, 2, 4, 4]);
    state = scope(() => model.encodeStream(x, { before: state, sample: false }).state);
    x.free();
    live.push(memory().live);
  }
  expect(live.slice(1)).toEqual(Array(3).fill(live[0]));
  state?.free();
});

test("two videos go through one model in turn", async () => {
  const model = await microModel(v11(four.params));
  const clips = ["first", "second"].map((name) => noise(name, [1, 3, 13, 8, 8]));
  const states: { encoder?: StreamState; decoder?: StreamState }[] = [{}, {}];
  const parts: Both[][] = [[], []];
  for (const [start, end] of [
    [0, 1],
    [1, 9],
    [9, 13],
  ] as const) {
    for (const [i, x] of clips.entries()) {
      const frames = slice(x, 2, start, end);
      const ends = end === 13;
      const encoded = model.encodeStream(frames, {
        before: states[i]!.encoder,
        sample: false,
        ends,
      });
      const decoded = model.decodeStream(encoded.z, { before: states[i]!.decoder, ends });
      states[i] = { encoder: encoded.state, decoder: decoded.state };
      parts[i]!.push({ z: encoded.z, recon: decoded.recon });
    }
  }
  for (const [i, x] of clips.entries()) {
    const join = (key: keyof Both) =>
      concat(
        parts[i]!.map((part) => part[key]),
        2,
      );
    await expectSame(
      { z: join("z"), recon: join("recon") },
      noGrad(() => wholeOf(model, x)),
    );
  }
});

test("a v1.1 decoder returns the frames that depend on the next latent with that one", async () => {
  const model = await microModel(v11(four.params));
  const z = noise("z", [1, 2, 3, 2, 2]);
  const whole = model.decode(z).shape[2];
  const { recon, state } = model.decodeStream(slice(z, 2, 0, 2));
  const rest = model.decodeStream(slice(z, 2, 2), { before: state, ends: true });
  expect([recon.shape[2], rest.recon.shape[2], whole]).toEqual([5, 7, 12]);
});

test("a state belongs to one half of one model, and to frames of one size", async () => {
  const [model, other] = [await microModel(), await microModel(v11())];
  const { state } = model.encodeStream(clip(1));
  expect(() => other.encodeStream(clip(2), { before: state })).toThrow(
    "stream: this state belongs to another model, or to the other half of this one",
  );
  expect(() => model.decodeStream(noise("z", [1, 2, 1, 2, 2]), { before: state })).toThrow(
    "belongs to another model, or to the other half",
  );
  expect(() => model.encodeStream(clip(2, 8), { before: state })).toThrow(
    "stream: 1 x 8 x 8 (batch, height, width) cannot continue a video of 1 x 4 x 4",
  );
  // Nothing is lost by a refused call.
  expect(model.encodeStream(clip(2), { before: state }).z.shape).toEqual([1, 2, 1, 2, 2]);
});

test("what a state holds is given back", async () => {
  const model = await microModel();
  const x = clip(3);
  const z = noGrad(() => model.encode(x, { sample: false })).z;
  const before = memory().live;
  const { recon, state } = model.decodeStream(z);
  recon.free();
  expect(memory().live).toBeGreaterThan(before);
  state.free();
  expect(memory().live).toBe(before);
});

test("a state goes on once", async () => {
  const model = await microModel();
  const { state } = model.encodeStream(clip(1));
  model.encodeStream(clip(2), { before: state });
  expect(() => model.encodeStream(clip(2), { before: state })).toThrow(
    "stream: this state has been used up; continue with the one that the call before returned",
  );
});

test("frames that do not fill latent frames are refused with the lengths that do", async () => {
  const model = await microModel(four);
  expect(() => model.encodeStream(clip(3))).toThrow(
    "encodeStream: 3 frames do not begin a video for a causal stride of 4; use 1 or 5",
  );
  const { state } = model.encodeStream(clip(1));
  expect(() => model.encodeStream(clip(6), { before: state })).toThrow(
    "encodeStream: 6 frames do not continue a video for a causal stride of 4; use 4 or 8",
  );
  expect(() => model.encodeStream(clip(3), { before: state })).toThrow("use 4");
  state.free();
});

test("a model whose frames depend on later ones has no stream", async () => {
  const model = await microModel({ family: "3dnoncausal" });
  expect(() => model.encodeStream(clip(2))).toThrow(
    "encodeStream: a non-causal model's frames depend on later ones; use encode on the whole clip",
  );
  expect(() => model.decodeStream(noise("z", [1, 2, 1, 2, 2]))).toThrow("use decode on the whole");
});

async function native(skip: (reason: string) => void): Promise<Backend> {
  return useBackend("native").catch((error: unknown) => {
    if (error instanceof UnavailableError) skip(error.message);
    throw error;
  });
}
