import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import "@vidtok/backend-native";
import { initialize, stateDict, writeSafetensors } from "@vidtok/nn";
import { memory, useBackend, type Tensor } from "@vidtok/tensor";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { lpips } from "../../src/index.ts";
import { loadLpips, Lpips } from "../../src/nets.ts";
import { noisyPair } from "../pairs.ts";

const [a, b] = noisyPair([2, 3, 33, 40], "a", "b");
const layout = "tchw";
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lpips-"));
  await useBackend("auto");
});

afterAll(() => rm(folder, { recursive: true }));

afterEach(() => {
  vi.unstubAllEnvs();
});

/** The weights of a net under the names that pass the filter, renamed. */
async function save(
  file: string,
  net: Lpips,
  rename: (name: string) => string | undefined,
): Promise<string> {
  const path = join(folder, file);
  const renamed = [...stateDict(net)].map(([name, value]) => [rename(name), value] as const);
  await writeSafetensors(
    path,
    new Map(renamed.filter((entry): entry is [string, Tensor] => entry[0] !== undefined)),
  );
  return path;
}

const isBackbone = (name: string): boolean => name.startsWith("net.");
const toTorchvision = (name: string): string | undefined =>
  isBackbone(name) ? name.replace(/net\.slice\d\./, "features.") : undefined;
const headsOnly = (name: string): string | undefined => (name.startsWith("lin") ? name : undefined);

test("missing files are an error that says which, where, and what to do", async () => {
  const nowhere = { weights: "nowhere/lpips" };
  await expect(lpips(a, b, { layout, ...nowhere })).rejects.toThrowErrorMatchingInlineSnapshot(
    `[WeightsError: lpips: no vgg16-397923af.pth and no vgg.pth in nowhere/lpips; name a VidTok checkpoint as weights, or run vidtok download lpips --cache nowhere/lpips]`,
  );
  await expect(
    loadLpips({ ...nowhere, backbone: "alex" }),
  ).rejects.toThrowErrorMatchingInlineSnapshot(
    `[WeightsError: lpips: no alexnet-owt-7be5be79.pth and no alex.pth in nowhere/lpips; run vidtok download lpips-alex --cache nowhere/lpips]`,
  );
  vi.stubEnv("VIDTOK_CACHE", "cache");
  vi.stubEnv("TORCH_HOME", "torch");
  await expect(loadLpips()).rejects.toThrowErrorMatchingInlineSnapshot(
    `[WeightsError: lpips: no vgg16-397923af.pth and no vgg.pth in checkpoints/lpips, cache, torch/hub/checkpoints; name a VidTok checkpoint as weights, or run vidtok download lpips]`,
  );
});

test("unless named, each file is found in the reference's folder, our cache or PyTorch's", async () => {
  const net = new Lpips("squeeze");
  initialize(net, 3);
  await mkdir(join(folder, "torch", "hub", "checkpoints"), { recursive: true });
  await mkdir(join(folder, "cache"));
  vi.stubEnv("VIDTOK_CACHE", join(folder, "cache"));
  vi.stubEnv("TORCH_HOME", join(folder, "torch"));
  const hub = await save("torch/hub/checkpoints/squeezenet1_1-b8a52dc0.pth", net, toTorchvision);
  const heads = await save("cache/squeeze.pth", net, headsOnly);
  const expected = await lpips(a, b, { layout, weights: net });
  const { frames, settings } = await lpips(a, b, { layout, backbone: "squeeze" });
  expect(frames).toEqual(expected.frames);
  expect(settings.weights).toBe(`${hub} and ${heads}`);
  net.dispose();
});

test("torchvision's file and the heads' file make a net, and one of them does not", async () => {
  const net = new Lpips("squeeze");
  initialize(net, 1);
  await save("squeezenet1_1-f364aa15.pth", net, toTorchvision);
  const options = { backbone: "squeeze", weights: folder } as const;
  await expect(loadLpips(options)).rejects.toThrow(
    `lpips: no squeeze.pth in ${folder}; run vidtok download lpips-squeeze --cache ${folder}`,
  );
  await save("squeeze.pth", net, headsOnly);
  const expected = await lpips(a, b, { layout, weights: net });
  const before = memory().live;
  const result = await lpips(a, b, { layout, ...options });
  expect(memory().live).toBeLessThanOrEqual(before);
  expect(result.frames).toEqual(expected.frames);
  expect(result.frames[0]).not.toBe(result.frames[1]);
  expect(result.settings.weights).toBe(folder);
  net.dispose();
});

test("a VidTok checkpoint has the net inside, under the loss", async () => {
  const net = new Lpips();
  initialize(net, 2);
  const weights = await save(
    "model.ckpt",
    net,
    (name) => `state_dict.loss.perceptual_loss.${name}`,
  );
  const expected = await lpips(a, b, { layout, weights: net });
  const result = await lpips(a, b, { layout, weights });
  expect(result.frames).toEqual(expected.frames);
  net.dispose();
});

test("a wrapped or nested model's checkpoint has the net inside as well", async () => {
  const net = new Lpips();
  initialize(net, 2);
  const expected = await lpips(a, b, { layout, weights: net });
  for (const prefix of ["state_dict.module", "model._orig_mod"]) {
    const rename = (name: string): string => `${prefix}.loss.perceptual_loss.${name}`;
    const weights = await save("wrapped.ckpt", net, rename);
    expect((await lpips(a, b, { layout, weights })).frames).toEqual(expected.frames);
  }
  net.dispose();
});

test("a file of another net is refused with names of both", async () => {
  const net = new Lpips("squeeze");
  initialize(net, 1);
  const place = await mkdtemp(join(folder, "other-"));
  const at = (name: string): string => join(place.slice(folder.length + 1), name);
  await save(at("squeezenet1_1-f364aa15.pth"), net, (name) => name.replace("net.", "layers_"));
  await save(at("squeeze.pth"), net, headsOnly);
  await expect(loadLpips({ backbone: "squeeze", weights: place })).rejects.toThrow(
    /squeezenet1_1-f364aa15\.pth: none of its \d+ tensors \(\S+, \S+, \S+, …\) is one of the model's \d+ \(features\.0\.weight, features\.0\.bias, features\.3\.squeeze\.weight, …\)/,
  );
});

test("a file without the net is refused", async () => {
  const net = new Lpips("squeeze");
  initialize(net, 1);
  const weights = await save("heads.ckpt", net, headsOnly);
  await expect(loadLpips({ weights })).rejects.toThrow(
    /heads.ckpt has 7 tensors but none named loss.perceptual_loss.\*; name a checkpoint of a whole/,
  );
  const part = await save("part.ckpt", net, (name) => `loss.perceptual_loss.${name}`);
  await expect(loadLpips({ weights: part })).rejects.toThrow(
    /part.ckpt: loss.perceptual_loss.lin3.model.1.weight is \[1, 384, 1, 1\] but the model takes \[1, 512, 1, 1\]/,
  );
});

test("a corrupt file is refused with its name", async () => {
  const path = join(folder, "broken.ckpt");
  await writeFile(path, "<html>not found</html>");
  await expect(loadLpips({ weights: path })).rejects.toThrow(
    /broken.ckpt, offset 0: 22 bytes that start with "<html>.* are no checkpoint/,
  );
});
