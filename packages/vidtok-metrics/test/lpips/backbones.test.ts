import "@vidtok/backend-native";
import { parameters } from "@vidtok/nn";
import { noGrad, sizeOf, tensor, useBackend, type Tensor } from "@vidtok/tensor";
import { assertClose, hashValues } from "@vidtok/tensor/testing";
import { beforeAll, expect, test } from "vitest";
import { Lpips } from "../../src/nets.ts";
import type { BackboneName } from "../../src/nets.ts";
import { loadHashWeights } from "../hashWeights.ts";

// Found in float64 by a program of its own in NumPy, for the hash weights of the names in the state dict.
const cases: readonly {
  readonly backbone: BackboneName;
  readonly distances: readonly number[];
  readonly shapes: readonly (readonly number[])[];
}[] = [
  {
    backbone: "alex",
    distances: [0.90625639, 0.91891876],
    shapes: [
      [64, 8, 10],
      [192, 3, 4],
      [384, 1, 1],
      [256, 1, 1],
      [256, 1, 1],
    ],
  },
  {
    backbone: "squeeze",
    distances: [0.81757504, 0.81084542],
    shapes: [
      [64, 17, 21],
      [128, 8, 10],
      [256, 4, 5],
      [384, 2, 2],
      [384, 2, 2],
      [512, 2, 2],
      [512, 2, 2],
    ],
  },
];

beforeAll(async () => {
  await useBackend("auto");
});

test.each(cases)("$backbone finds what its definition says", async (expected) => {
  const net = new Lpips(expected.backbone);
  await loadHashWeights(net);
  const shape = [2, 3, 36, 44];
  const [a, b] = ["a", "b"].map((name) => tensor(hashValues(name, sizeOf(shape)), shape));
  const features = noGrad(() => net.features(a as Tensor));
  expect(features.map((feature) => feature.shape.slice(1))).toEqual(expected.shapes);
  const distances = noGrad(() => net.forward(a as Tensor, b as Tensor));
  assertClose(await distances.read(), expected.distances, 1e-5, expected.backbone);
});

test("the nets have as many weights as torchvision's and one per compared channel", () => {
  const weights = (backbone: BackboneName): number =>
    [...parameters(new Lpips(backbone)).values()].reduce(
      (sum, { shape }) => sum + sizeOf(shape),
      0,
    );
  expect(weights("vgg")).toBe(14_714_688 + 1472);
  expect(weights("alex")).toBe(2_469_696 + 1152);
  expect(weights("squeeze")).toBe(722_496 + 2432 - 192);
});

test("all of LPIPS is frozen", () => {
  const trainable = [...parameters(new Lpips()).values()].filter((it) => it.trainable);
  expect(trainable).toHaveLength(0);
});
