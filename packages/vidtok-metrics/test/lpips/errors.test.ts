import "@vidtok/backend-native";
import { initialize } from "@vidtok/nn";
import { tensor, useBackend } from "@vidtok/tensor";
import { expect, test } from "vitest";
import { lpips } from "../../src/index.ts";
import { Lpips } from "../../src/nets.ts";

const clip = (shape: readonly number[]) => ({
  data: new Uint8Array(shape.reduce((product, n) => product * n, 1)),
  shape,
});

test("gray frames are refused", async () => {
  const gray = clip([1, 32, 32, 1]);
  await expect(lpips(gray, gray)).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: lpips: frames have 1 channels, needed 3; repeat gray thrice]`,
  );
});

test("frames that the net shrinks to nothing are refused", async () => {
  await useBackend("auto");
  const net = new Lpips("alex");
  initialize(net, 0);
  const small = clip([1, 30, 64, 3]);
  await expect(lpips(small, small, { weights: net })).rejects.toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: lpips: frames [1, 3, 30, 64] must be [n, 3, h, w] of at least 31 x 31 pixels for alex]`,
  );
  const smallest = clip([1, 31, 31, 3]);
  expect((await lpips(smallest, smallest, { weights: net })).mean).toBe(0);
});

test.each([
  ["vgg", 16],
  ["squeeze", 17],
] as const)("the smallest frames of %s are %i pixels wide", async (backbone, size) => {
  await useBackend("auto");
  const net = new Lpips(backbone);
  initialize(net, 0);
  const smallest = clip([1, size, size, 3]);
  expect((await lpips(smallest, smallest, { weights: net })).mean).toBe(0);
});

test("unequal shapes are refused", async () => {
  await useBackend("auto");
  const zeros = (shape: readonly number[]) =>
    tensor(new Float32Array(shape.reduce((product, n) => product * n, 1)), shape);
  expect(() =>
    new Lpips().forward(zeros([1, 3, 32, 32]), zeros([1, 3, 32, 31])),
  ).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: lpips: a is [1, 3, 32, 32] but b is [1, 3, 32, 31]]`,
  );
  await expect(lpips(clip([1, 32, 32, 3]), clip([2, 32, 32, 3]))).rejects.toThrow(
    "lpips: a is [1, 32, 32, 3] but b is [2, 32, 32, 3]",
  );
});
