import { grad, pad, tensor, useBackend, type Tensor } from "@vidtok/tensor";
import { assertClose, referenceBackend } from "@vidtok/tensor/testing";
import { beforeAll, expect, test } from "vitest";
import {
  BatchNorm,
  Conv,
  GroupNorm,
  initialize,
  LayerNorm,
  Linear,
  loadStateDict,
  openCheckpoint,
  parameters,
  stateDict,
  type Checkpoint,
} from "../src/index.ts";
import { fixture } from "./files.ts";

interface Layer {
  forward(x: Tensor): Tensor;
}

let torch: Checkpoint;

beforeAll(async () => {
  await useBackend(referenceBackend());
  torch = await openCheckpoint(fixture("layers.ckpt"));
  return () => torch.close();
});

async function stored(name: string): Promise<Tensor> {
  const entry = torch.entries.get(name)!;
  return tensor(await entry.read(), entry.shape);
}

function section(prefix: string) {
  return new Map(
    [...torch.entries]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, entry]) => [name.slice(prefix.length), entry] as const),
  );
}

async function expectTorch(
  name: string,
  layer: object,
  forward: (x: Tensor) => Tensor,
): Promise<void> {
  await loadStateDict(layer, section(`${name}.state.`));
  const x = await stored(`${name}.x`);
  const y = forward(x);
  assertClose(await y.read(), await (await stored(`${name}.y`)).read(), 2e-6, `${name} y`);
  const targets = [...parameters(layer)];
  const found = grad(y, [x, ...targets.map(([, { value }]) => value)], await stored(`${name}.dy`));
  const names = [`${name}.dx`, ...targets.map(([key]) => `${name}.gradients.${key}`)];
  for (const [i, key] of names.entries()) {
    assertClose(await found[i]!.read(), await torch.entries.get(key)!.read(), 2e-6, key);
  }
}

const front = (x: Tensor) => pad(x, 2, 2, 0);

const cases: Record<string, [Layer, ((x: Tensor) => Tensor)?]> = {
  conv3d: [new Conv(4, 3, { kernel: [3, 1, 3], stride: [2, 1, 1], padding: [1, 0, 1] })],
  "conv2d per frame": [
    new Conv(4, 5, {
      kernel: [3, 3],
      stride: 2,
      padding: [
        [0, 1],
        [0, 1],
      ],
    }),
  ],
  "conv1d over time": [new Conv(4, 4, { kernel: [3], axes: [2], bias: false }), front],
  linear: [new Linear(6, 5)],
  layernorm: [new LayerNorm(4, { eps: 1e-6 })],
  groupnorm: [new GroupNorm(2, 4, { eps: 1e-6 })],
  "groupnorm per frame": [new GroupNorm(2, 4, { eps: 1e-6, over: [3, 4] })],
  "groupnorm per pixel": [new GroupNorm(2, 4, { eps: 1e-6, over: [2] })],
  "groupnorm per position": [new GroupNorm(2, 4, { eps: 1e-6, over: [] })],
  "batchnorm in evaluation": [new BatchNorm(4, { eps: 1e-3 })],
};

test.each(Object.entries(cases))(
  "%s agrees with PyTorch, forward and back",
  async (name, [layer, before]) => {
    await expectTorch(name, layer, (x) => layer.forward(before ? before(x) : x));
  },
);

test("batch norm in training uses the batch and returns the next running statistics", async () => {
  const name = "batchnorm in training";
  const layer = new BatchNorm(4, { eps: 1e-3 });
  await expectTorch(name, layer, (x) => layer.train(x).y);
  const before = layer.running_mean.value;
  const { batch } = layer.train(await stored(`${name}.x`));
  expect(layer.running_mean.value).toBe(before);
  layer.update(batch);
  for (const [key, entry] of section(`${name}.after.`)) {
    const after = await stateDict(layer).get(key)!.read();
    assertClose(after, await entry.read(), 2e-6, key);
  }
});

test("a linear layer without bias has only a weight", async () => {
  const layer = new Linear(2, 1, { bias: false });
  expect([...parameters(layer).keys()]).toEqual(["weight"]);
  await loadStateDict(layer, new Map([["weight", tensor([3, 4], [1, 2])]]));
  expect(await layer.forward(tensor([1, 2], [1, 2])).read()).toEqual(Float32Array.of(11));
});

test("a kernel that does not fit the input's axes is an error with both", () => {
  const layer = new Conv(4, 4, { kernel: [3, 3, 3] });
  initialize(layer, 1);
  expect(() => layer.forward(tensor(new Float32Array(64), [1, 4, 4, 4]))).toThrow(
    "conv: input [1, 4, 4, 4] must be [n, c, …] with a kernel [3, 3, 3] on axes [1, 2, 3]",
  );
});
