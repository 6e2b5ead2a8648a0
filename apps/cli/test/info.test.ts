import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createModel } from "@vidtok/model";
import { writeSafetensors } from "@vidtok/nn";
import { expect, test } from "vitest";
import { main } from "../src/main.ts";
import { fakeIo } from "./fakeIo.ts";
import { temporaryFolder, testVideo } from "./videos.ts";

const checkpoint = fileURLToPath(new URL("./fixtures/tiny_half.ckpt", import.meta.url));

async function info(...args: string[]) {
  const io = fakeIo();
  const code = await main(["info", ...args], io);
  return { code, out: io.out(), err: io.err() };
}

async function infoJson(file: string): Promise<unknown> {
  const { code, out } = await info(file, "--json");
  expect(code).toBe(0);
  return JSON.parse(out) as unknown;
}

test("info of a video tells its size, length and codec", async () => {
  const path = testVideo(temporaryFolder(), 12, 24);
  expect(await infoJson(path)).toMatchObject({
    kind: "video",
    path,
    width: 48,
    height: 32,
    frames: 12,
    fps: 24,
  });
  const { out } = await info(path);
  expect(out.replace(path, "PATH")).toMatchInlineSnapshot(`
    "video     PATH
    size      48 x 32
    frames    12 at 24 per second
    duration  0.5 s
    codec     h264
    "
  `);
});

test("info names the shape shown, HDR, and what is missing of a file", async () => {
  const folder = temporaryFolder();
  const codec = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-vf", "setsar=4/3", "-g", "4"];
  const hdr = ["-color_trc", "smpte2084", "-movflags", "+faststart"];
  const path = testVideo(folder, 24, 24, [...codec, ...hdr]);
  const { out, err } = await info(path);
  expect(err).toBe("");
  expect(out).toContain("size      48 x 32, displayed as 64 x 32 (pixels 4:3)\n");
  expect(out).toContain("color     HDR (PQ), not tone-mapped\n");
  expect(await infoJson(path)).toMatchObject({
    width: 48,
    display: { width: 64, height: 32 },
    transfer: "smpte2084",
  });

  const whole = readFileSync(path);
  writeFileSync(path, whole.subarray(0, whole.length * 0.8));
  const cut = await info(path);
  expect(cut.code).toBe(0);
  expect(cut.err.replace(path, "PATH")).toMatch(
    /^vidtok: video: PATH is truncated: \d+ of 24 frames are there; the frames that can be decoded are used\n$/,
  );
});

test("info of a shipped config tells what the model makes of a clip", async () => {
  const found = { kind: "config", family: "causal", regularizer: "fsq", codebookSize: 262144 };
  const compression = { compression: [4, 16, 16], latentChannels: 6 };
  for (const name of [
    "vidtok_fsq_causal_41616_262144",
    "configs/vidtok_fsq_causal_41616_262144.yaml",
  ]) {
    expect(await infoJson(name)).toMatchObject({ ...found, ...compression });
  }
  const { out } = await info("vidtok_kl_causal_488_4chn_v1_1");
  expect(out.replace(/^config .*configs/, "config CONFIGS")).toMatchInlineSnapshot(`
    "config CONFIGS/vidtok_v1_1/vidtok_kl_causal_488_4chn_v1_1.yaml
    family       causal v1.1
    latent       kl, 4 channels
    compression  4 x 8 x 8 (frames x rows x columns)
    channels     128 x [1, 2, 4, 4], layernorm
    "
  `);
});

test("info of a checkpoint counts its tensors without loading them", async () => {
  expect(await infoJson(checkpoint)).toMatchObject({ kind: "checkpoint", dtypes: ["f16"] });
  const { out } = await info(checkpoint);
  expect(out.replace(checkpoint, "PATH")).toMatchInlineSnapshot(`
    "checkpoint  PATH
    format      torch-zip
    holds       6 tensors, 11,936 elements (f16), 23 KiB
    fits        no shipped config
      encoder   6 tensors, 11,936 elements
    "
  `);
});

test("info of a checkpoint names the shipped config it fits and how its weights are named", async () => {
  const folder = temporaryFolder();
  const model = await createModel("configs/demo/fsq_causal_small.yaml");
  const path = join(folder, "wrapped.safetensors");
  const tensors = [...model.stateDict()].map(
    ([name, value]) => [`model.module.${name}`, value] as const,
  );
  await writeSafetensors(path, tensors);
  expect((await info(path)).out).toContain(
    '\nfits        demo/fsq_causal_small (weights under "model", without "module" in their names)\n',
  );
  expect(await infoJson(path)).toMatchObject({
    fits: {
      configs: ["demo/fsq_causal_small"],
      naming: { under: "model", without: ["module"], unused: [] },
    },
  });
  await writeSafetensors(path, tensors.slice(1));
  expect((await info(path)).out).toContain("\nfits        no shipped config\n");
});

test("what is none of these is an error of one line that names the file", async () => {
  const folder = temporaryFolder();
  const write = (name: string, text: string | Uint8Array): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const failures = [
    write("notes.txt", "not a video"),
    write("empty.mp4", ""),
    write("cut.ckpt", new Uint8Array([0x50, 0x4b, 3, 4, 0, 0, 0])),
    write("broken.yaml", "model:\n  - a\n b: ["),
    write("other.yaml", "name: something else\n"),
    folder,
    "vidtok_kl_causal_489_4chn.yaml",
  ];
  const messages: string[] = [];
  for (const file of failures) {
    const { code, out, err } = await info(file);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err.trimEnd().split("\n")).toHaveLength(1);
    messages.push(err.trimEnd().replaceAll(folder, "FOLDER"));
  }
  expect(messages).toMatchInlineSnapshot(`
    [
      "vidtok: video: FOLDER/notes.txt is not a video that ffmpeg can read",
      "vidtok: video: FOLDER/empty.mp4 is empty (0 bytes)",
      "vidtok: checkpoint: FOLDER/cut.ckpt, offset 0: zip file without its end record; it is truncated or still being written",
      "vidtok: config: FOLDER/broken.yaml:3:1: the indentation fits neither the line above nor a line around it",
      "vidtok: config: FOLDER/other.yaml:1:1: there is no model; a config needs model.target and model.params",
      "vidtok: video: FOLDER is a directory, not a file",
      "vidtok: config: vidtok_kl_causal_489_4chn.yaml is no file and no shipped config; did you mean vidtok_kl_causal_488_4chn?",
    ]
  `);
});

test("tensors and metadata named like members of every object are counted under their names", async () => {
  const file = join(temporaryFolder(), "named.safetensors");
  const one = (at: number) => ({ dtype: "F32", shape: [1], data_offsets: [at, at + 4] });
  const names = ["__proto__.a", "__proto__.b", "constructor.a", "toString"];
  const tensors = names.map((name, i) => `${JSON.stringify(name)}:${JSON.stringify(one(4 * i))}`);
  const header = Buffer.from(`{"__metadata__":{"__proto__":"x"},${tensors.join(",")}}`);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  writeFileSync(file, Buffer.concat([length, header, Buffer.alloc(4 * names.length)]));
  const { parts, metadata } = (await infoJson(file)) as Record<"parts" | "metadata", object>;
  expect(Object.entries(parts)).toEqual([
    ["__proto__", { tensors: 2, parameters: 2 }],
    ["constructor", { tensors: 1, parameters: 1 }],
    ["toString", { tensors: 1, parameters: 1 }],
  ]);
  expect(Object.entries(metadata)).toEqual([["__proto__", "x"]]);
  expect(({} as Record<string, unknown>)["tensors"]).toBeUndefined();
});
