import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import "@vidtok/backend-native";
import { parameters, stateDict, writeSafetensors } from "@vidtok/nn";
import { memory, noGrad, sizeOf, tensor, useBackend } from "@vidtok/tensor";
import { assertClose, hashValues } from "@vidtok/tensor/testing";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { padSame } from "../../src/fvd/i3dLayers.ts";
import { Fvd, fvd, type Video } from "../../src/index.ts";
import { I3d, loadI3d } from "../../src/nets.ts";
import { hashWeight, loadHashWeights } from "../hashWeights.ts";

const net = new I3d();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "i3d-"));
  await useBackend("auto");
  await loadHashWeights(net);
});

afterAll(() => rm(folder, { recursive: true }));

const clip = (name: string): Video => {
  const shape = [10, 16, 20, 3];
  return { data: hashValues(name, sizeOf(shape)), shape };
};
const range = [-1, 1] as const;

test("the logits of a clip equal the reference's", async () => {
  const { logits } = JSON.parse(
    readFileSync(new URL("../fixtures/i3d.json", import.meta.url), "utf8"),
  ) as { logits: number[] };
  const shape = [1, 3, 16, 224, 224];
  const x = tensor(hashValues("i3d.input", sizeOf(shape)), shape);
  const found = noGrad(() => net.forward(x));
  expect(found.shape).toEqual([1, 400]);
  assertClose(await found.read(), logits, 1e-5, "logits");
  x.free();
  found.free();
});

test("the net has as many weights as the original", () => {
  const weights = [...parameters(net).values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  expect(weights).toBe(12_697_264);
});

test("same padding gives ⌈size / stride⌉ outputs, with odd zeros behind", async () => {
  const x = tensor([1, 2, 3, 4], [1, 1, 4, 1, 1]);
  const padded = (taps: number, step: number): Promise<Float32Array> =>
    padSame(x, [taps, 1, 1], [step, 1, 1]).read();
  expect([...(await padded(3, 2))]).toEqual([1, 2, 3, 4, 0]);
  expect([...(await padded(7, 2))]).toEqual([0, 0, 1, 2, 3, 4, 0, 0, 0]);
  expect([...(await padded(3, 3))]).toEqual([0, 1, 2, 3, 4, 0]);
  expect([...(await padded(1, 2))]).toEqual([1, 2, 3, 4]);
});

test("clips of another shape are refused", () => {
  const short = tensor(new Float32Array(3 * 8 * 224 * 224), [1, 3, 8, 224, 224]);
  expect(() => net.forward(short)).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: i3d: clips [1, 3, 8, 224, 224] must be [n, 3, t, 224, 224] of at least 9 frames]`,
  );
  short.free();
});

test("the distance of two sets is that of their features, however they are given", async () => {
  const [reals, fakes] = [[clip("a"), clip("b")] as const, [clip("c"), clip("d")] as const];
  const { live } = memory();
  const first = await fvd(reals, fakes, { weights: net, range });
  expect(memory().live).toBeLessThanOrEqual(live);
  expect(first.value).toBeGreaterThan(0);
  expect(first.statistics.reals.count).toBe(2);
  expect(first.warnings).toHaveLength(2);
  expect(first.warnings[0]).toBe(
    "2 reals do not fill a covariance of 400 features: compare only with values from as many videos",
  );
  expect(first.settings).toMatchObject({ preprocessing: "videogpt", weights: "given" });
  const [one, other] = [new Fvd({ weights: net, range }), new Fvd({ weights: net, range })];
  await one.update(clip("a"), clip("c"));
  expect(() => one.compute()).toThrow("fvd: 1 videos have no covariance, needed 2 or more");
  await other.update(clip("b"), clip("d"));
  one.merge(structuredClone(other.state));
  await one.dispose();
  const streamed = one.compute();
  expect(streamed.value).toBeCloseTo(first.value, 9);
  expect(streamed.warnings).toEqual(first.warnings);
  const { statistics } = first;
  const again = await fvd(statistics.reals, statistics.fakes, { weights: net });
  expect(again.value).toBe(first.value);
  const same = await fvd(statistics.fakes, statistics.fakes, { weights: net });
  expect(Math.abs(same.value)).toBeLessThan(1e-9);
  const many = { ...statistics.reals, count: 401 };
  expect((await fvd(many, many, { weights: net })).warnings).toEqual([]);
}, 240_000);

test("the weights come from a state dict that counts no batches", async () => {
  const path = join(folder, "i3d_pretrained_400.pt");
  const named = [...stateDict(net)].filter(([name]) => !name.endsWith("num_batches_tracked"));
  await writeSafetensors(path, new Map(named));
  const { live } = memory();
  const loaded = await loadI3d(path);
  const name = "Mixed_4b.b1b.conv3d.weight";
  const { shape } = loaded.Mixed_4b.b1b.conv3d.weight;
  expect(await loaded.Mixed_4b.b1b.conv3d.weight.value.read()).toEqual(hashWeight(name, shape));
  loaded.dispose();
  const set = { count: 2, mean: new Float64Array(400), covariance: new Float64Array(160_000) };
  const { value, settings } = await fvd(set, set, { weights: path });
  expect(value).toBe(0);
  expect(settings.weights).toBe(path);
  expect(memory().live).toBeLessThanOrEqual(live);
  const [first] = named;
  await writeSafetensors(path, new Map([first!]));
  await expect(loadI3d(path)).rejects.toThrow(
    /i3d_pretrained_400.pt lacks 286 of I3D's 344 tensors \(Conv3d_1a_7x7.bn.weight, \S+, \S+, …\) and does not have its 58/,
  );
});

test("what has no FVD is refused", async () => {
  const nowhere = { weights: "nowhere/i3d.pt", range };
  const [a, b] = [clip("a"), clip("b")];
  await expect(fvd([a, b], [a, b], nowhere)).rejects.toThrowErrorMatchingInlineSnapshot(
    `[WeightsError: fvd: no file nowhere/i3d.pt; name i3d_pretrained_400.pt or i3d_torchscript.pt as weights, or run vidtok download i3d]`,
  );
  vi.stubEnv("VIDTOK_CACHE", "cache");
  await expect(loadI3d()).rejects.toThrowErrorMatchingInlineSnapshot(
    `[WeightsError: fvd: no I3D weights in checkpoints/i3d, cache; name i3d_pretrained_400.pt or i3d_torchscript.pt as weights, or run vidtok download i3d]`,
  );
  const unopened = new Fvd();
  await expect(unopened.open()).rejects.toThrow("fvd: no I3D weights in");
  await unopened.dispose();
  vi.unstubAllEnvs();
  await expect(fvd([a], [a, b], { range })).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: fvd: 1 reals have no covariance, needed 2 or more videos]`,
  );
  const short = { data: new Uint8Array(9 * 300), shape: [9, 10, 10, 3] };
  await expect(fvd([a, b], [a, short], { range })).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: fvd: fakes[1] has 9 frames, needed 10 or more]`,
  );
  await expect(new Fvd().update(a, short)).rejects.toThrow("fvd: fake has 9 frames, needed 10");
  const broken = { ...b, data: Float32Array.from(b.data).fill(NaN, 7, 8) };
  await expect(fvd([a, broken], [a, b], { weights: net, range })).rejects.toThrow(
    "fvd: reals[1] is NaN at frame 0, channel 1, row 0, column 2, outside [-1, 1]",
  );
});
