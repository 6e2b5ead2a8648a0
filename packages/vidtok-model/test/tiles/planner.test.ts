import "@vidtok/backend-native";
import { contiguous, memory, noGrad, resetPeak, useBackend } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";
import { noise } from "@vidtok/tensor/testing";
import { afterEach, expect, test } from "vitest";
import type { Tokenizer } from "../../src/index.ts";
import { microModel } from "../microModel.ts";

const backend = await useBackend("native", { threads: 2 });
const params = { ch: 16, ch_mult: [1, 1, 2, 2], time_downsample_factor: 2 };
const families = ["3dcausal", "3dcausal_v1_1", "3dnoncausal"] as const;

const models: Tokenizer[] = [];
afterEach(() => models.splice(0).forEach((model) => model.dispose()));

async function modelOf(options: Parameters<typeof microModel>[0]): Promise<Tokenizer> {
  const model = await microModel({ backend, params, ...options });
  models.push(model);
  return model;
}

interface Pass {
  readonly z: Float32Array | Float64Array;
  readonly recon: Float32Array | Float64Array;
  /** Bytes of all tensors at the most, of encoding and of decoding. */
  readonly peaks: readonly [encode: number, decode: number];
}

async function pass(model: Tokenizer, x: Tensor): Promise<Pass> {
  resetPeak();
  const { z } = noGrad(() => model.encode(x, { sample: false }));
  const encode = memory().peak;
  resetPeak();
  const recon = noGrad(() => model.decode(z));
  const decode = memory().peak;
  const found = { z: await contiguous(z).read(), recon: await contiguous(recon).read() };
  z.free();
  recon.free();
  return { ...found, peaks: [encode, decode] };
}

test.each(families)(
  "a budget of %s is kept, and the numbers are those without one",
  async (family) => {
    const model = await modelOf({ family });
    const x = noise("clip", [1, 3, family === "3dnoncausal" ? 4 : 5, 256, 192]);
    const whole = await pass(model, x);
    const [least, most] = [model.leastMemory(x.shape), Math.max(...whole.peaks)];
    for (const budget of [least, (least + most) / 2]) {
      model.memoryBudget = budget;
      const { z, recon, peaks } = await pass(model, x);
      expect(Math.max(...peaks)).toBeLessThan(budget);
      expect(z).toEqual(whole.z);
      expect(recon).toEqual(whole.recon);
    }
  },
);

test.each(families)(
  "the least budget of %s suffices, and is near what it takes",
  async (family) => {
    const model = await modelOf({ family });
    const shape = [1, 3, family === "3dnoncausal" ? 4 : 5, 256, 192];
    model.memoryBudget = model.leastMemory(shape);
    const { peaks } = await pass(model, noise("clip", shape));
    expect(Math.max(...peaks)).toBeLessThan(model.memoryBudget);
    expect(Math.max(...peaks)).toBeGreaterThan(0.7 * model.memoryBudget);
  },
);

test("a budget below one tile is an error with what would do", async () => {
  const model = await modelOf({});
  const x = noise("clip", [1, 3, 5, 256, 192]);
  model.memoryBudget = 20e6;
  const refused =
    /^encode: 5 x 256 x 192 frames need about (\d+) MB, memoryBudget is 20 MB; raise it/;
  expect(() => model.encode(x)).not.toThrow();
  const attempt = (): string => {
    try {
      noGrad(() => model.encode(x));
      return "no error";
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(attempt()).toMatch(refused);
  model.memoryBudget = Number(refused.exec(attempt())![1]) * 1e6;
  expect(attempt()).toBe("no error");
});

test("with group norm there are no tiles, and the error says why", async () => {
  const model = await modelOf({ params: { ...params, ch: 32, norm_type: "groupnorm" } });
  model.memoryBudget = 20e6;
  expect(() => noGrad(() => model.encode(noise("clip", [1, 3, 5, 256, 192])))).toThrow(
    "MB; group norm averages over whole frames, which allows no tiles; raise it",
  );
});

test.each([0, -1, NaN])("a budget of %d bytes is an error", async (memoryBudget) => {
  const model = await modelOf({});
  model.memoryBudget = memoryBudget;
  expect(() => noGrad(() => model.encode(noise("clip", [1, 3, 1, 8, 8])))).toThrow(
    `encode: memoryBudget is ${memoryBudget}, needed bytes above 0`,
  );
});
