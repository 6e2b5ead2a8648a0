import { memory, share, tensor, useBackend, type Backend } from "@vidtok/tensor";
import { referenceBackend } from "@vidtok/tensor/testing";
import { beforeEach, expect, test, vi } from "vitest";
import {
  Adam,
  BatchNorm,
  Conv,
  disposeWeights,
  Ema,
  initialize,
  parameters,
} from "../src/index.ts";

const reason = "Model: disposed; create a new one";
const trim = vi.fn();
let live: number;

beforeEach(async () => {
  const backend: Backend = { ...referenceBackend(), trim };
  await useBackend(backend);
  trim.mockClear();
  live = memory().live;
});

class Model {
  readonly conv = new Conv(3, 2, { kernel: [1, 1] });
  readonly norm = new BatchNorm(2);
}

function model(): Model {
  const made = new Model();
  initialize(made, 0);
  return made;
}

test("a disposed model holds no bytes, of parameters or of buffers", () => {
  const made = model();
  expect(memory().live).toBeGreaterThan(live);
  disposeWeights(made, reason);
  expect(memory().live).toBe(live);
});

test("freed memory goes back to the system, once", () => {
  const made = model();
  disposeWeights(made, reason);
  disposeWeights(made, "another reason");
  expect(trim).toHaveBeenCalledTimes(1);
  expect(() => made.conv.weight.value).toThrow(reason);
});

test("whatever reads or sets a disposed weight says that the model is disposed", () => {
  const made = model();
  disposeWeights(made, reason);
  const x = tensor(new Float32Array(3), [1, 3, 1, 1]);
  expect(() => made.conv.forward(x)).toThrow(reason);
  expect(() => initialize(made, 0)).toThrow(reason);
  const bias = tensor([0, 0], [2]);
  expect(() => made.conv.bias!.swap(bias)).toThrow(reason);
  for (const each of [x, bias]) each.free();
});

test("a model without values can be disposed", () => {
  const made = new Model();
  disposeWeights(made, reason);
  expect(() => initialize(made, 0)).toThrow(reason);
  expect(trim).not.toHaveBeenCalled();
});

test("a tensor that shares a weight's memory outlives it", async () => {
  const made = model();
  const shared = share(made.norm.weight!.value);
  disposeWeights(made, reason);
  expect([...(await shared.read())]).toEqual([1, 1]);
  shared.free();
  expect(memory().live).toBe(live);
});

test("a disposed optimizer frees its moments and leaves the parameters", async () => {
  const made = model();
  const weights = parameters(made);
  const before = memory().live;
  const adam = new Adam(weights, { lr: 0.1 });
  const gradients = [...weights.values()].map(({ shape }) =>
    tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape),
  );
  adam.step(gradients);
  gradients.forEach((gradient) => gradient.free());
  adam.dispose();
  adam.dispose();
  expect(memory().live).toBe(before);
  expect(made.conv.weight.hasValue).toBe(true);
  expect(() => adam.step(gradients)).toThrow("adam: disposed; create a new one");
  expect(() => adam.state()).toThrow("adam: disposed");
  await expect(adam.loadState({ steps: 0, tensors: new Map() })).rejects.toThrow("adam: disposed");
  disposeWeights(made, reason);
});

test("disposed averages are freed, also while they stand in for the parameters", async () => {
  const made = model();
  const ema = new Ema(parameters(made), 0.9);
  await ema.use(() => {
    disposeWeights(made, reason);
    ema.dispose();
  });
  expect(memory().live).toBe(live);
  expect(() => ema.update()).toThrow("ema: disposed; create a new one");
  expect(() => ema.state()).toThrow("ema: disposed");
  await expect(ema.use(() => undefined)).rejects.toThrow("ema: disposed");
  await expect(ema.loadState({ updates: 0, shadow: new Map() })).rejects.toThrow("ema: disposed");
});

test("a tensor that leaves a `using` block is freed", () => {
  {
    using x = tensor([1, 2], [2]);
    expect(memory().live).toBe(live + x.block.storage.bytes);
  }
  expect(memory().live).toBe(live);
});
