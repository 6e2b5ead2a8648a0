import { memory, tensor, useBackend, type Tensor } from "@vidtok/tensor";
import { assertClose, referenceBackend } from "@vidtok/tensor/testing";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import {
  Adam,
  clipGradNorm,
  Ema,
  openCheckpoint,
  Parameter,
  zeros,
  type Checkpoint,
} from "../src/index.ts";
import { fixture } from "./files.ts";

let torch: Checkpoint;

beforeAll(async () => {
  await useBackend(referenceBackend());
  torch = await openCheckpoint(fixture("training.ckpt"));
  return () => torch.close();
});

async function stored(name: string): Promise<Tensor> {
  const entry = torch.entries.get(name)!;
  return tensor(await entry.read(), entry.shape);
}

async function start(): Promise<Map<string, Parameter>> {
  const found = new Map<string, Parameter>();
  for (const i of [0, 1]) {
    const value = await stored(`start.${i}`);
    const parameter = new Parameter(value.shape, zeros);
    parameter.value = value;
    found.set(`p${i}`, parameter);
  }
  return found;
}

const gradients = (step: number): Promise<Tensor[]> =>
  Promise.all([0, 1].map((i) => stored(`steps.${step}.gradients.${i}`)));

async function train(adam: Adam, from: number, to: number): Promise<void> {
  for (let step = from; step < to; step++) {
    const found = await gradients(step);
    const { norm, scale } = clipGradNorm(found, 10);
    const expected = await torch.entries.get(`steps.${step}.norm`)!.read();
    assertClose(await norm.read(), expected, 1e-6, `norm of step ${step}`);
    adam.step(found, { scale });
  }
}

async function expectValues(parameters: ReadonlyMap<string, Parameter>, step: number) {
  for (const i of [0, 1]) {
    const expected = await torch.entries.get(`steps.${step}.values.${i}`)!.read();
    assertClose(await parameters.get(`p${i}`)!.value.read(), expected, 1e-6, `p${i}`);
  }
}

test("Adam with clipped gradients takes PyTorch's steps", async () => {
  const parameters = await start();
  const adam = new Adam(parameters, { lr: 0.01 });
  for (let step = 0; step < 4; step++) {
    await train(adam, step, step + 1);
    await expectValues(parameters, step);
  }
  const { steps, tensors } = adam.state();
  expect(steps).toBe(4);
  for (const i of [0, 1]) {
    for (const moment of ["exp_avg", "exp_avg_sq"]) {
      const expected = await torch.entries.get(`${moment}.${i}`)!.read();
      assertClose(await tensors.get(`p${i}.${moment}`)!.read(), expected, 1e-6, moment);
    }
  }
});

test.each([
  ["Adam", false],
  ["AdamW", true],
] as const)(
  "%s with weight decay and a changing rate takes PyTorch's steps",
  async (name, isDecoupled) => {
    const expected = await openCheckpoint(fixture("weightDecay.ckpt"));
    onTestFinished(() => expected.close());
    const rates = await expected.entries.get("rates")!.read();
    const parameters = await start();
    const adam = new Adam(parameters, { lr: 1, weightDecay: 0.1, isDecoupled });
    for (const [step, lr] of rates.entries()) {
      const found = await gradients(step);
      adam.step(found, { scale: clipGradNorm(found, 10).scale, lr });
      for (const i of [0, 1]) {
        const values = await expected.entries.get(`${name}.${step}.${i}`)!.read();
        assertClose(await parameters.get(`p${i}`)!.value.read(), values, 1e-6, `p${i} ${step}`);
      }
    }
  },
);

test("Adam goes on from a saved state as if it had not stopped", async () => {
  const parameters = await start();
  const first = new Adam(parameters, { lr: 0.01 });
  await train(first, 0, 2);
  const second = new Adam(parameters, { lr: 0.01 });
  await second.loadState(first.state());
  await train(second, 2, 4);
  await expectValues(parameters, 3);
});

test("Adam without a scale takes the gradients as they are", async () => {
  const parameter = new Parameter([1], zeros);
  parameter.value = tensor([1], [1]);
  new Adam(new Map([["p", parameter]]), { lr: 0.5 }).step([tensor([1e-3], [1])]);
  expect((await parameter.value.read())[0]).toBeCloseTo(0.5, 4);
});

test("a step's own learning rate replaces the optimizer's for that step", async () => {
  const parameter = single(1);
  const adam = new Adam(new Map([["p", parameter]]), { lr: 0.5 });
  adam.step([tensor([1], [1])], { lr: 0.25 });
  expect(await parameter.value.item()).toBeCloseTo(0.75, 6);
  adam.step([tensor([1], [1])]);
  expect(await parameter.value.item()).toBeCloseTo(0.25, 6);
});

test("Adam's memory is constant after the first step", async () => {
  const parameters = await start();
  const adam = new Adam(parameters, { lr: 0.01 });
  const found = await gradients(0);
  const before = memory().live;
  adam.step(found);
  const after = memory().live;
  expect(after - before).toBe(2 * 8 * 17);
  for (let i = 0; i < 5; i++) adam.step(found);
  expect(memory().live).toBe(after);
});

test("Adam refuses gradients and states that do not belong to its parameters", async () => {
  const parameters = await start();
  const adam = new Adam(parameters, { lr: 0.01 });
  expect(() => adam.step([])).toThrow("adam: 0 gradients came for 2 parameters");
  await expect(adam.loadState({ steps: 3, tensors: new Map() })).rejects.toThrow(
    "adam: the state after 3 steps lacks p0",
  );
  const wrong = tensor([1], [1]);
  const tensors = new Map([
    ["p0.exp_avg", wrong],
    ["p0.exp_avg_sq", wrong],
  ]);
  await expect(adam.loadState({ steps: 3, tensors })).rejects.toThrow(
    "adam: the state of p0 does not fit [3, 4]",
  );
  await adam.loadState({ steps: 0, tensors: new Map() });
  expect(adam.state().steps).toBe(0);
});

test("gradients below the limit are not scaled", async () => {
  const { norm, scale } = clipGradNorm([tensor([3], [1]), tensor([4], [1, 1])], 20);
  expect(await norm.item()).toBe(5);
  expect(await scale.item()).toBe(1);
  expect(() => clipGradNorm([], 0)).toThrow("clipGradNorm: the limit 0 must be positive");
});

// The reference's numbers for decay 0.999, a parameter that is 1, 2, … 12 and an average that starts at 0.
const averages = [
  0.8181818127632141, 1.704545497894287, 2.6013987064361572, 3.5004994869232178, 4.400199890136719,
  5.3000874519348145, 6.2000412940979, 7.100020408630371, 8.00001049041748, 8.900005340576172,
  9.800003051757812, 10.70000171661377,
];

function single(value: number): Parameter {
  const parameter = new Parameter([1], zeros);
  parameter.value = tensor([value], [1]);
  return parameter;
}

test("an average follows its parameter as the reference's does, also from a saved state", async () => {
  const parameter = single(0);
  const frozen = single(9);
  frozen.trainable = false;
  const parameters = new Map([
    ["p", parameter],
    ["frozen", frozen],
  ]);
  let ema = new Ema(parameters, 0.999);
  for (const [i, expected] of averages.entries()) {
    parameter.value = tensor([i + 1], [1]);
    ema.update();
    expect((await ema.state().shadow.get("p")!.item()) - expected).toBeCloseTo(0, 5);
    if (i === 5) {
      const resumed = new Ema(parameters, 0.999);
      await resumed.loadState(ema.state());
      ema = resumed;
    }
  }
  expect([...ema.state().shadow.keys()]).toEqual(["p"]);
});

test("averages stand in for the parameters and go away again, also after an error", async () => {
  const parameter = single(1);
  const ema = new Ema(new Map([["p", parameter]]), 0.9);
  parameter.value = tensor([5], [1]);
  expect(await ema.use(() => parameter.value.item())).toBe(1);
  expect(await parameter.value.item()).toBe(5);
  await expect(ema.use(() => Promise.reject(new Error("stopped")))).rejects.toThrow("stopped");
  expect(await parameter.value.item()).toBe(5);
});

test("an average refuses a decay or a state that does not fit", async () => {
  const parameters = new Map([["p", single(1)]]);
  expect(() => new Ema(parameters, 1.5)).toThrow("ema: the decay 1.5 must lie between 0 and 1");
  const ema = new Ema(parameters, 0.9);
  await expect(ema.loadState({ updates: 1, shadow: new Map() })).rejects.toThrow(
    "ema: the state has nothing for p [1]",
  );
  const shadow = new Map([["p", tensor([1, 2], [2])]]);
  await expect(ema.loadState({ updates: 1, shadow })).rejects.toThrow(
    "ema: the state has [2] for p [1]",
  );
});
