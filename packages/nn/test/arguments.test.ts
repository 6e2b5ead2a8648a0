// Numbers that no layer or optimizer can be made with: an error by name when it is made, not when
// it runs.
import { useBackend } from "@vidtok/tensor";
import { referenceBackend } from "@vidtok/tensor/testing";
import { beforeAll, expect, test } from "vitest";
import {
  Adam,
  BatchNorm,
  Conv,
  GroupNorm,
  LayerNorm,
  Linear,
  normal,
  Parameter,
  uniformFanIn,
  zeros,
  clipGradNorm,
} from "../src/index.ts";

beforeAll(() => useBackend(referenceBackend()));

type Make = (value: number) => unknown;

const kernel = [3, 3];

const whole: readonly (readonly [name: string, what: string, lowest: number, make: Make])[] = [
  ["parameter", "a size", 0, (n) => new Parameter([2, n], zeros)],
  ["conv", "input channels", 1, (n) => new Conv(n, 2, { kernel })],
  ["conv", "output channels", 1, (n) => new Conv(2, n, { kernel })],
  ["conv", "kernel", 1, (n) => new Conv(2, 2, { kernel: [3, n] })],
  ["conv", "stride", 1, (n) => new Conv(2, 2, { kernel, stride: n })],
  ["conv", "one stride", 1, (n) => new Conv(2, 2, { kernel, stride: [1, n] })],
  ["conv", "padding", 0, (n) => new Conv(2, 2, { kernel, padding: n })],
  ["conv", "padding behind", 0, (n) => new Conv(2, 2, { kernel, padding: [1, [0, n]] })],
  ["conv", "axis", 2, (n) => new Conv(2, 2, { kernel, axes: [n, 3] })],
  ["linear", "inputs", 1, (n) => new Linear(n, 2)],
  ["linear", "outputs", 1, (n) => new Linear(2, n)],
  ["layerNorm", "channels", 1, (n) => new LayerNorm(n)],
  ["groupNorm", "groups", 1, (n) => new GroupNorm(n, 4)],
  ["groupNorm", "channels", 1, (n) => new GroupNorm(1, n)],
  ["groupNorm", "axis", 2, (n) => new GroupNorm(1, 4, { over: [n] })],
  ["batchNorm", "channels", 1, (n) => new BatchNorm(n)],
  ["uniformFanIn", "inputs", 1, (n) => uniformFanIn(n)],
];
for (const [name, what, lowest, make] of whole) {
  test.each([NaN, Infinity, 0.5, 2 ** 53, lowest - 1])(`${name}: ${what} %d`, (value) => {
    expect(() => make(value)).toThrow(new RegExp(`^${name}: `));
  });
}

const parameters = new Map<string, Parameter>();

const finite: readonly (readonly [name: string, what: string, make: Make])[] = [
  ["layerNorm", "eps", (eps) => new LayerNorm(4, { eps })],
  ["groupNorm", "eps", (eps) => new GroupNorm(2, 4, { eps })],
  ["batchNorm", "eps", (eps) => new BatchNorm(4, { eps })],
  ["batchNorm", "momentum", (momentum) => new BatchNorm(4, { momentum })],
  ["adam", "learning rate", (lr) => new Adam(parameters, { lr })],
  ["adam", "eps", (eps) => new Adam(parameters, { lr: 1, eps })],
  ["adam", "weight decay", (weightDecay) => new Adam(parameters, { lr: 1, weightDecay })],
  ["adam", "beta", (beta) => new Adam(parameters, { lr: 1, betas: [0.9, beta] })],
  ["adam", "learning rate of a step", (lr) => new Adam(parameters, { lr: 1 }).step([], { lr })],
  ["normal", "deviation", (deviation) => normal(0, deviation)],
];
for (const [name, what, make] of finite) {
  test.each([NaN, Infinity, -1])(`${name}: ${what} %d`, (value) => {
    expect(() => make(value)).toThrow(new RegExp(`^${name}: `));
  });
}

test.each<[string, () => unknown]>([
  ["groupNorm: 4 channels do not divide into 3 groups", () => new GroupNorm(3, 4)],
  [
    "conv: 1 values were given for the 2 axes of kernel [3, 3]",
    () => new Conv(2, 2, { kernel, stride: [1] }),
  ],
  [
    "conv: 3 values were given for the 2 axes of kernel [3, 3]",
    () => new Conv(2, 2, { kernel, padding: [1, 1, 1] }),
  ],
  ["parameter: the sizes of [4294967296, 4294967296]", () => new Linear(2 ** 32, 2 ** 32)],
  ["clipGradNorm: no gradients were given", () => clipGradNorm([], 1)],
])("%s", (message, make) => {
  expect(make).toThrow(message);
});
