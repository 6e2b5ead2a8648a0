import "@vidtok/backend-native";
import { memory, useBackend } from "@vidtok/tensor";
import { expect, test } from "vitest";
import { lpips, LpipsMean, type Video } from "../../src/index.ts";
import { Lpips } from "../../src/nets.ts";
import { loadHashWeights } from "../hashWeights.ts";
import { noisyPair } from "../pairs.ts";

const layout = "tchw";

async function smallNet(): Promise<Lpips> {
  await useBackend("auto");
  const net = new Lpips("squeeze");
  await loadHashWeights(net);
  return net;
}

/** Frame `t` of a video `[t, 3, 64, 64]`. */
function frame({ data }: Video, t: number): Video {
  return { data: data.subarray(t * 12288, (t + 1) * 12288), shape: [1, 3, 64, 64] };
}

test("frames that are compared in batches have the distances they have alone", async () => {
  const net = await smallNet();
  const [a, b] = noisyPair([17, 3, 64, 64], "a", "b");
  const { frames } = await lpips(a, b, { layout, weights: net });
  for (const t of [0, 7, 15, 16]) {
    const alone = await lpips(frame(a, t), frame(b, t), { layout, weights: net });
    expect(frames[t]).toBeCloseTo(alone.mean, 6);
  }
  net.dispose();
});

test("mean LPIPS over videos counts every frame once, over workers too", async () => {
  const net = await smallNet();
  const first = noisyPair([3, 3, 32, 40], "a", "b");
  const second = noisyPair([1, 3, 24, 24], "c", "d");
  const options = { layout, weights: net } as const;
  const [one, other] = [new LpipsMean(options), new LpipsMean(options)];
  expect(() => one.compute()).toThrow("lpips: 0 frames have no mean; call update first");
  await one.open();
  const { live } = memory();
  const expected = [...(await lpips(...first, options)).frames];
  expect([...(await one.update(...first)).frames]).toEqual(expected);
  expected.push((await other.update(...second)).mean);
  one.merge(structuredClone(other.state));
  const { mean, count } = one.compute();
  expect(count).toBe(4);
  expect(mean).toBeCloseTo(expected.reduce((sum, value) => sum + value, 0) / 4, 12);
  await one.dispose();
  await other.dispose();
  expect(memory().live).toBeLessThanOrEqual(live);
  await expect(new LpipsMean(options).update(first[0], second[0])).rejects.toThrow(
    "lpips: a is [3, 3, 32, 40] but b is [1, 3, 24, 24]",
  );
  net.dispose();
  const nowhere = new LpipsMean({ weights: "nowhere" });
  await expect(nowhere.open()).rejects.toThrow("lpips: no vgg16-397923af.pth and no vgg.pth in");
  await nowhere.dispose();
});
