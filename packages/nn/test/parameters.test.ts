import { grad, mean, memory, scope, tensor, useBackend } from "@vidtok/tensor";
import { referenceBackend } from "@vidtok/tensor/testing";
import { beforeAll, expect, test } from "vitest";
import {
  BatchNorm,
  buffers,
  constant,
  Conv,
  initialize,
  Linear,
  loadStateDict,
  ones,
  openCheckpoint,
  Parameter,
  parameters,
  stateDict,
  writeSafetensors,
  zeros,
} from "../src/index.ts";
import { temporaryFile } from "./files.ts";

beforeAll(async () => {
  await useBackend(referenceBackend());
});

class Block {
  readonly norm = new BatchNorm(2);
  readonly mix_factor = new Parameter([1], constant(2));
  readonly scale = 3;
}

class Model {
  readonly blocks = [new Block(), new Block()];
  readonly none = undefined;
  readonly head = new Linear(2, 3);
  readonly shared = this.head;
}

test("parameters are named by field path, a module's own before its children's", () => {
  expect([...parameters(new Model()).keys()]).toEqual([
    "blocks.0.mix_factor",
    "blocks.0.norm.weight",
    "blocks.0.norm.bias",
    "blocks.1.mix_factor",
    "blocks.1.norm.weight",
    "blocks.1.norm.bias",
    "head.weight",
    "head.bias",
  ]);
  expect([...buffers(new Block()).keys()]).toEqual([
    "norm.running_mean",
    "norm.running_var",
    "norm.num_batches_tracked",
  ]);
});

test("a state dict lists parameters and buffers as PyTorch does", () => {
  const block = new Block();
  initialize(block, 0);
  expect([...stateDict(block).keys()]).toEqual([
    "mix_factor",
    "norm.weight",
    "norm.bias",
    "norm.running_mean",
    "norm.running_var",
    "norm.num_batches_tracked",
  ]);
});

test("the first values are PyTorch's: uniform by fan-in, ones and zeros", async () => {
  const conv = new Conv(4, 50, { kernel: [3, 5] });
  initialize(conv, 7);
  const weight = await conv.weight.value.read();
  const bound = 1 / Math.sqrt(4 * 15);
  expect(Math.max(...weight.map(Math.abs))).toBeLessThanOrEqual(Math.fround(bound));
  const variance = weight.reduce((sum, x) => sum + x * x, 0) / weight.length;
  expect(variance / ((bound * bound) / 3)).toBeCloseTo(1, 1);
  const bias = await conv.bias!.value.read();
  expect(new Set([...weight, ...bias]).size).toBeGreaterThan(3000);
  expect(Math.max(...bias.map(Math.abs))).toBeLessThanOrEqual(Math.fround(bound));
  const block = new Block();
  initialize(block, 7);
  expect(await block.mix_factor.value.read()).toEqual(Float32Array.of(2));
  expect(await block.norm.weight.value.read()).toEqual(Float32Array.of(1, 1));
  expect(await block.norm.running_mean.value.read()).toEqual(Float32Array.of(0, 0));
  expect(await block.norm.running_var.value.read()).toEqual(Float32Array.of(1, 1));
});

test("first values depend on the seed and the place, not on which others are loaded", async () => {
  const read = async (model: Model) => (await model.head.bias!.value.read()).join();
  const [a, b, c, d] = [new Model(), new Model(), new Model(), new Model()];
  a.head.weight.value = tensor(new Float32Array(6), [3, 2]);
  initialize(a, 5);
  initialize(b, 5);
  initialize(c, 6);
  initialize(d, 5);
  expect(await read(a)).toBe(await read(b));
  expect(await read(a)).not.toBe(await read(c));
  expect(await a.head.weight.value.read()).toEqual(new Float32Array(6));
  expect(await read(d)).toBe(await read(b));
});

test("a parameter without a value says what to call", () => {
  const parameter = new Parameter([2, 3], ones);
  expect(parameter.hasValue).toBe(false);
  expect(() => parameter.value).toThrow(
    "parameter: [2, 3] has no value; call initialize(model, seed) or loadStateDict first",
  );
  expect(() => {
    parameter.value = tensor([1], [1]);
  }).toThrow("parameter: a value of [1] does not fit [2, 3]");
});

test("a new value frees the one before and outlives scopes; a swapped one is handed back", async () => {
  const parameter = new Parameter([2], zeros);
  const before = memory().live;
  scope(() => {
    parameter.value = tensor([1, 2], [2]);
    parameter.value = tensor([3, 4], [2]);
  });
  expect(memory().live - before).toBe(16);
  const old = parameter.swap(tensor([5, 6], [2]));
  expect(await old.read()).toEqual(Float32Array.of(3, 4));
  expect(await parameter.value.read()).toEqual(Float32Array.of(5, 6));
  old.free();
});

test("a value keeps no graph", () => {
  const w = tensor([2], [1]);
  const parameter = new Parameter([1], ones);
  parameter.value = mean(w, [0], { keepDims: true });
  expect(parameter.value.node).toBeUndefined();
  expect(grad(mean(parameter.value), [w])[0]!.shape).toEqual([1]);
});

test("a model written to a file and read back is the same", async () => {
  const [model, copy] = [new Model(), new Model()];
  initialize(model, 3);
  const path = temporaryFile(new Uint8Array(0), "model.safetensors");
  await writeSafetensors(path, stateDict(model));
  const checkpoint = await openCheckpoint(path);
  expect([...checkpoint.entries.keys()]).toEqual([...stateDict(model).keys()]);
  await loadStateDict(copy, checkpoint.entries);
  await checkpoint.close();
  for (const [name, value] of stateDict(model)) {
    expect(await stateDict(copy).get(name)!.read()).toEqual(await value.read());
  }
});

test("loading copies: the model and its source do not share memory", async () => {
  const model = new Linear(1, 1, { bias: false });
  const source = tensor([4], [1, 1]);
  await loadStateDict(model, new Map([["weight", source]]));
  source.free();
  expect(await model.weight.value.read()).toEqual(Float32Array.of(4));
});

test("names that may not be missing are refused before anything changes", async () => {
  const model = new Linear(1, 1);
  const state = new Map([["weight", tensor([4], [1, 1])]]);
  const allowMissing = (name: string): boolean => name !== "bias";
  await expect(
    loadStateDict(model, state, { strict: false, allowMissing, path: "x.ckpt" }),
  ).rejects.toThrow(
    "checkpoint: x.ckpt: has 1 of the model's 2 weights and lacks 1 (bias); " +
      "--allow_missing (allowMissing in code) starts those from random values",
  );
  expect(model.weight.hasValue).toBe(false);
});

test("a checkpoint's NaN and infinite values are named with their number and place", async () => {
  const path = temporaryFile(new Uint8Array(0), "model.safetensors");
  const load = async (values: number[], dtype: "f16" | "f32" | "f64"): Promise<void> => {
    const Elements = { f16: Uint16Array, f32: Float32Array, f64: Float64Array }[dtype];
    const data = Elements.from(values);
    await writeSafetensors(path, [["weight", { dtype, shape: [4, 5], data }]]);
    const checkpoint = await openCheckpoint(path);
    await loadStateDict(new Linear(5, 4, { bias: false }), checkpoint.entries, { path }).finally(
      () => checkpoint.close(),
    );
  };
  const ones = Array.from({ length: 20 }, () => 1);
  await load(
    ones.map(() => -3e38),
    "f32",
  );
  await expect(load(ones.with(13, NaN), "f32")).rejects.toThrow(
    `checkpoint: ${path}: weight weight has 1 NaN or infinite value of 20 (first at [2, 3]), ` +
      "needed finite ones; use a checkpoint saved before or in float32",
  );
  await expect(load(ones.with(19, Infinity).with(7, -Infinity), "f32")).rejects.toThrow(
    "has 2 NaN or infinite values of 20 (first at [1, 2])",
  );
  // Beyond float32, and float16's infinity.
  await expect(load(ones.with(0, 1e39), "f64")).rejects.toThrow("1 NaN or infinite value of 20");
  await expect(load(ones.with(4, 0x7c00), "f16")).rejects.toThrow("(first at [0, 4])");
});

test("a strict load refuses names on one side only, and changes nothing", async () => {
  const model = new Linear(1, 1);
  const state = new Map([
    ["weight", tensor([4], [1, 1])],
    ["extra", tensor([4], [1])],
  ]);
  await expect(loadStateDict(model, state, { path: "x.ckpt" })).rejects.toThrow(
    "checkpoint: x.ckpt: 1 of the model's names are missing (bias) and 1 others were not expected (extra); " +
      "pass { strict: false } to load the rest",
  );
  expect(model.weight.hasValue).toBe(false);
  expect(await loadStateDict(model, state, { strict: false })).toMatchObject({
    loaded: 1,
    missing: ["bias"],
    unexpected: ["extra"],
  });
  expect(model.weight.hasValue).toBe(true);
  const other = new Map([["weight", tensor([4, 4], [2, 1])]]);
  await expect(loadStateDict(model, other, { strict: false })).rejects.toThrow(
    "weight is [2, 1] but the model takes [1, 1]",
  );
});
