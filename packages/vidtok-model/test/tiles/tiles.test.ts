import "@vidtok/backend-native";
import { concat, contiguous, noGrad, scope, slice, useBackend } from "@vidtok/tensor";
import type { Backend, Tensor } from "@vidtok/tensor";
import { noise, referenceBackend } from "@vidtok/tensor/testing";
import { expect, test } from "vitest";
import {
  decodeInGroups,
  decodeInTiles,
  encodeInGroups,
  encodeInTiles,
} from "../../src/frameGroups.ts";
import type { Place } from "../../src/frameGroups.ts";
import type { Tokenizer } from "../../src/index.ts";
import { haloOf } from "../../src/layers/stage.ts";
import { microModel } from "../microModel.ts";
import type { MicroOptions } from "../microModel.ts";

const families = ["3dcausal", "3dcausal_v1_1", "3dnoncausal"] as const;
const sizes = [
  [48, 80],
  [83, 37],
  [64, 33],
] as const;

const params = {
  ...{ ch: 8, ch_mult: [1, 1, 2], tempo_ds: [0, 1], tempo_us: [1, 2] },
  time_downsample_factor: 4,
};

const backend: Backend = await useBackend("native", { threads: 2 });

function edgesOf(half: Tokenizer["encoder" | "decoder"], edge: number): number[] {
  return half.segments().map(({ stages }) => (haloOf(stages) === Infinity ? Infinity : edge));
}

/** The moments of x and what the decoder makes of them, in tiles of at most `edge` pixels. */
function inTiles(model: Tokenizer, x: Tensor, edge: number): Tensor[] {
  const { encoder, decoder, config } = model;
  const parts = (half: Tokenizer["encoder" | "decoder"]) => ({
    latents: 1,
    edges: edgesOf(half, edge),
  });
  return noGrad(() =>
    scope(() => {
      if (!model.isCausal) {
        const moments = encodeInTiles(encoder, x, parts(encoder));
        const z = slice(moments, 1, 0, config.decoder.zChannels);
        return [moments, decodeInTiles(decoder, z, parts(decoder))];
      }
      const place = { ends: true };
      const { y: moments } = encodeInGroups(encoder, config.encoder, x, place, parts(encoder));
      const z = slice(moments, 1, 0, config.decoder.zChannels);
      return [moments, decodeInGroups(decoder, z, place, parts(decoder)).y];
    }),
  );
}

async function expectSameTiles(options: MicroOptions, height: number, width: number) {
  const model = await microModel({ backend, ...options });
  const x = noise("clip", [1, 3, model.isCausal ? 5 : 8, height, width]);
  const [moments, recon] = inTiles(model, x, Infinity);
  expect(recon!.shape.slice(3)).toEqual([height, width].map((size) => (size >> 2) << 2));
  for (const edge of [16, 32]) {
    const [tiledMoments, tiledRecon] = inTiles(model, x, edge);
    expect(tiledMoments!.shape).toEqual(moments!.shape);
    expect(await contiguous(tiledMoments!).read()).toEqual(await contiguous(moments!).read());
    expect(await contiguous(tiledRecon!).read()).toEqual(await contiguous(recon!).read());
  }
  model.dispose();
}

const cases = families.flatMap((family) =>
  sizes.map(([height, width]) => [family, height, width] as const),
);

test.each(cases)("tiles of %s at %i x %i are the whole frames to the bit", (family, ...size) =>
  expectSameTiles({ family, params }, ...size),
);

test.each(families)("tiles of %s in bf16 are the whole frames to the bit", (family) =>
  expectSameTiles({ family, params, precision: "bf16" }, 48, 80),
);

test.each(["3dcausal", "3dcausal_v1_1"] as const)(
  "a video of %s that is streamed in tiles is the whole video to the bit",
  async (family) => {
    const model = await microModel({ backend, family, params });
    const { encoder, decoder, config } = model;
    const x = noise("clip", [1, 3, 9, 48, 80]);
    const [moments, recon] = inTiles(model, x, Infinity);
    let place: Place = { ends: false };
    let decoded: Place = { ends: false };
    const found = noGrad(() =>
      [0, 1, 5].map((start, i) => {
        const frames = slice(x, 2, start, [1, 5, 9][i]!);
        const ends = i === 2;
        const encoderParts = { latents: 1, edges: edgesOf(encoder, 16) };
        const y = encodeInGroups(encoder, config.encoder, frames, { ...place, ends }, encoderParts);
        const z = slice(y.y, 1, 0, config.decoder.zChannels);
        const decoderParts = { latents: 1, edges: edgesOf(decoder, 32) };
        const back = decodeInGroups(decoder, z, { ...decoded, ends }, decoderParts);
        place = { before: y.state, ends };
        decoded = { before: back.state, ends };
        return [y.y, back.y] as const;
      }),
    );
    const joined = (which: 0 | 1): Tensor =>
      concat(
        found.map((pair) => pair[which]),
        2,
      );
    expect(await contiguous(joined(0)).read()).toEqual(await contiguous(moments!).read());
    expect(await contiguous(joined(1)).read()).toEqual(await contiguous(recon!).read());
    model.dispose();
  },
);

test.each([
  ["gpujs", () => useBackend("gpujs")],
  ["reference", async () => referenceBackend()],
] as const)("tiles on %s are the whole frames", async (_name, open) => {
  const small = { ...params, ch: 4, ch_mult: [1, 1, 1] };
  const model = await microModel({ backend: await open(), params: small });
  const x = noise("clip", [1, 3, 1, 40, 24]);
  const whole = inTiles(model, x, Infinity);
  for (const [i, y] of inTiles(model, x, 16).entries()) {
    const [actual, expected] = [await contiguous(y).read(), await contiguous(whole[i]!).read()];
    const apart = Math.max(...actual.map((value, j) => Math.abs(value - expected[j]!)));
    expect(apart).toBeLessThan(1e-5);
  }
  model.dispose();
  await useBackend(backend);
});

test("tiles are the whole frames without convolutions at the resampling", () =>
  expectSameTiles({ params: { ...params, resamp_with_conv: false } }, 83, 37));

test("tiles are the whole frames at another number of blocks", async () => {
  await expectSameTiles({ params: { ...params, num_res_blocks: 3 } }, 48, 80);
});

test("a segment with attention is computed whole, and with group norm all are", async () => {
  const halos = (model: Tokenizer) =>
    [model.encoder, model.decoder].map((half) =>
      half.segments().map(({ stages }) => haloOf(stages)),
    );
  const layer = await microModel({ backend, params });
  // conv_in 1, block 2, stride 1, and one of half the size: 6; without conv_in: 5.
  // Up from above: (1 + 1 + 2 blocks of 2) / 2 = 3; with conv_out 4, rounded up.
  expect(halos(layer)).toEqual([
    [6, 5, Infinity],
    [Infinity, 3, 4],
  ]);
  const group = await microModel({
    backend,
    params: { ...params, ch: 32, norm_type: "groupnorm" },
  });
  expect(new Set(halos(group).flat())).toEqual(new Set([Infinity]));
});
