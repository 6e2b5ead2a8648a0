import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openCheckpoint, stateEntries, writeSafetensors, writeTorchZip } from "@vidtok/nn";
import type { TensorToWrite } from "@vidtok/nn";
import { expect, test } from "vitest";
import { main } from "../../src/main.ts";
import { fakeIo } from "../fakeIo.ts";
import { temporaryFolder } from "../videos.ts";

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

async function convert(...args: string[]) {
  const io = fakeIo();
  const code = await main(["convert", ...args], io);
  return { code, out: io.out(), err: io.err() };
}

/** Type, shape and bytes of every weight, by name, and the scalars of a file. */
async function contents(path: string) {
  const checkpoint = await openCheckpoint(path);
  try {
    const weights: Record<string, string> = {};
    for (const [name, { dtype, shape, readBytes }] of stateEntries(checkpoint)) {
      const hex = Buffer.from(await readBytes()).toString("hex");
      weights[name] = `${dtype} [${shape.join()}] ${hex}`;
    }
    return { format: checkpoint.format, weights, scalars: Object.fromEntries(checkpoint.metadata) };
  } finally {
    await checkpoint.close();
  }
}

const tensors: readonly (readonly [string, TensorToWrite])[] = [
  ["encoder.weight", { dtype: "f32", shape: [2, 2], data: Float32Array.of(1, -0, NaN, 3e-40) }],
  ["encoder.half", { dtype: "f16", shape: [2], data: Uint8Array.of(1, 2, 3, 4) }],
  ["encoder.brain", { dtype: "bf16", shape: [1], data: Uint8Array.of(5, 6) }],
  ["double", { dtype: "f64", shape: [], data: Float64Array.of(Math.PI) }],
  ["count", { dtype: "i64", shape: [], data: BigInt64Array.of(-(2n ** 60n)) }],
  ["i32", { dtype: "i32", shape: [1], data: Int32Array.of(-5) }],
  ["i16", { dtype: "i16", shape: [1], data: Int16Array.of(-5) }],
  ["i8", { dtype: "i8", shape: [1], data: Int8Array.of(-5) }],
  ["u8", { dtype: "u8", shape: [0, 4], data: new Uint8Array(0) }],
  ["flag", { dtype: "bool", shape: [3], data: Uint8Array.of(1, 0, 1) }],
];
const scalars = { epoch: "3", global_step: "12", "pytorch-lightning_version": "2.2.4" };

test("safetensors to ckpt and back keeps every bit, type, shape and scalar", async () => {
  const folder = temporaryFolder();
  const [first, ckpt, last] = ["a.safetensors", "new/b.ckpt", "c.safetensors"].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  await writeSafetensors(first, tensors, scalars);
  expect(await convert(first, ckpt)).toEqual({
    code: 0,
    out: `output  ${ckpt}\nformat  torch-zip, from safetensors\nholds   10 tensors, 48 B\n`,
    err: "",
  });
  expect((await convert(ckpt, last)).code).toBe(0);
  const expected = await contents(first);
  const middle = await contents(ckpt);
  expect(middle.weights).toEqual(expected.weights);
  expect(middle.scalars).toEqual({ ...scalars, epoch: 3, global_step: 12 });
  expect(await contents(last)).toEqual(expected);
  expect(readFileSync(last)).toEqual(readFileSync(first));
});

test("ckpt to safetensors and back gives the same file again", async () => {
  const folder = temporaryFolder();
  const path = (name: string): string => join(folder, name);
  await convert(fixture("tiny_half.ckpt"), path("a.safetensors"));
  await convert(path("a.safetensors"), path("b.ckpt"));
  await convert(path("b.ckpt"), path("c.safetensors"));
  await convert(path("c.safetensors"), path("d.CKPT"));
  expect((await contents(path("b.ckpt"))).weights).toEqual(
    (await contents(fixture("tiny_half.ckpt"))).weights,
  );
  expect(readFileSync(path("d.CKPT"))).toEqual(readFileSync(path("b.ckpt")));
});

test("of a Lightning checkpoint the weights stay, and what goes is told", async () => {
  const output = join(temporaryFolder(), "weights.safetensors");
  const { code, out, err } = await convert(fixture("lightning.ckpt"), output, "--json");
  expect(code).toBe(0);
  expect(err).toBe("vidtok: left out, being no weights: optimizer_states (2 tensors)\n");
  expect(JSON.parse(out)).toEqual({
    ...{ input: fixture("lightning.ckpt"), output, from: "torch-zip", to: "safetensors" },
    ...{ tensors: 5, bytes: 64 },
    scalars: { epoch: 3, global_step: 1234, "pytorch-lightning_version": "2.2.4" },
    leftOut: { optimizer_states: 2 },
  });
  const { weights, scalars } = await contents(output);
  expect(weights).toEqual((await contents(fixture("lightning.ckpt"))).weights);
  expect(scalars).toEqual({
    epoch: "3",
    global_step: "1234",
    "pytorch-lightning_version": "2.2.4",
  });
});

test("of a checkpoint of vidtok train the weights and their averages stay", async () => {
  const folder = temporaryFolder();
  const one = { dtype: "f32", shape: [1], data: Float32Array.of(1) } as const;
  const names = ["encoder.w", "optimizer_states.0.encoder.w.exp_avg", "model_ema.encoderw"];
  await writeSafetensors(
    join(folder, "last.safetensors"),
    names.map((name) => [name, one] as const),
    { epoch: "1", global_step: "many", training: "{}" },
  );
  const { err } = await convert(join(folder, "last.safetensors"), join(folder, "weights.ckpt"));
  expect(err).toBe(
    "vidtok: left out, being no weights: optimizer_states (1 tensor), global_step, training\n",
  );
  const { weights, scalars } = await contents(join(folder, "weights.ckpt"));
  expect(Object.keys(weights)).toEqual(["encoder.w", "model_ema.encoderw"]);
  expect(scalars).toEqual({ epoch: 1 });
});

test("a legacy file becomes a zip file, its views whole tensors, in place of what was there", async () => {
  const folder = temporaryFolder();
  const output = join(folder, "views.ckpt");
  writeFileSync(output, "old");
  expect((await convert(fixture("legacyViews.ckpt"), output)).code).toBe(0);
  const found = await contents(output);
  expect(found.format).toBe("torch-zip");
  expect(found.weights).toEqual((await contents(fixture("legacyViews.ckpt"))).weights);
  expect(readdirSync(folder)).toEqual(["views.ckpt"]);
});

test("what cannot be converted is an error of one line, and nothing is written", async () => {
  const folder = temporaryFolder();
  const path = (name: string): string => join(folder, name);
  writeFileSync(path("cut.ckpt"), readFileSync(fixture("tiny_half.ckpt")).subarray(0, 9000));
  await writeSafetensors(path("empty.safetensors"), []);
  symlinkSync(fixture("tiny_half.ckpt"), path("same.ckpt"));
  mkdirSync(path("folder.ckpt"));
  const before = readdirSync(folder);
  const good = fixture("tiny_half.ckpt");
  const messages: string[] = [];
  for (const [input, output] of [
    [good, path("out.bin")],
    [good, path("out")],
    [path("missing.ckpt"), path("out.safetensors")],
    [path("cut.ckpt"), path("out.safetensors")],
    [path("empty.safetensors"), path("out.ckpt")],
    [good, path("same.ckpt")],
    [path("same.ckpt"), path("same.ckpt")],
    [good, path("folder.ckpt")],
  ] as const) {
    const { code, out, err } = await convert(input, output);
    expect(out).toBe("");
    messages.push(`${code} ${err.trimEnd().replaceAll(folder, "FOLDER")}`);
  }
  expect(messages).toMatchInlineSnapshot(`
    [
      "2 vidtok: convert: "FOLDER/out.bin" tells no format; end it in .ckpt or .safetensors
    usage: vidtok convert --help",
      "2 vidtok: convert: "FOLDER/out" tells no format; end it in .ckpt or .safetensors
    usage: vidtok convert --help",
      "1 vidtok: checkpoint: FOLDER/missing.ckpt: no such file",
      "1 vidtok: checkpoint: FOLDER/cut.ckpt, offset 0: zip file without its end record; it is truncated or still being written",
      "1 vidtok: convert: FOLDER/empty.safetensors holds no weights",
      "1 vidtok: convert: FOLDER/same.ckpt is the input itself; give the result a name of its own",
      "1 vidtok: convert: FOLDER/same.ckpt is the input itself; give the result a name of its own",
      "1 vidtok: convert: FOLDER/folder.ckpt is a folder; name a file in it",
    ]
  `);
  expect(readdirSync(folder)).toEqual(before);
});

test("a tensor of a type that is not read is an error only among the weights", async () => {
  const header = (state: string) =>
    `{"${state}z":{"dtype":"C64","shape":[1],"data_offsets":[0,8]},` +
    '"state_dict.w":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}';
  const file = (state: string): string => {
    const text = Buffer.from(header(state));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    const path = join(temporaryFolder(), "in.safetensors");
    writeFileSync(path, Buffer.concat([length, text, new Uint8Array(16)]));
    return path;
  };
  const folder = temporaryFolder();
  const wanted = file("state_dict.");
  expect(await convert(wanted, join(folder, "new", "out.ckpt"))).toEqual({
    code: 1,
    out: "",
    err:
      `vidtok: checkpoint: ${wanted}: tensor state_dict.z is C64, which is not read; known are ` +
      "f64, f32, f16, bf16, i64, i32, i16, i8, u64, u32, u16, u8, bool. Convert it where it was " +
      "made, in PyTorch with .float(), .dequantize() or .to_dense()\n",
  });
  expect(readdirSync(folder)).toEqual([]);
  const elsewhere = await convert(file("extra."), join(folder, "out.ckpt"));
  expect(elsewhere.code).toBe(0);
  expect(elsewhere.err).toBe("vidtok: left out, being no weights: extra (1 tensor)\n");
});

test("weights that differ from their checksum are an error, and nothing is written", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "in.ckpt");
  await writeTorchZip(path, tensors);
  const bytes = readFileSync(path);
  bytes[bytes.indexOf(Buffer.from(Float64Array.of(Math.PI).buffer))]! ^= 1;
  writeFileSync(path, bytes);
  const { code, err } = await convert(path, join(folder, "out.safetensors"));
  expect(code).toBe(1);
  expect(err).toMatch(
    /^vidtok: checkpoint: .*in.ckpt, offset \d+: zip entry archive\/data\/3 is damaged: .*\n$/,
  );
  expect(readdirSync(folder)).toEqual(["in.ckpt"]);
});

test("Ctrl-C leaves no file behind", async () => {
  const folder = temporaryFolder();
  const io = fakeIo();
  io.interrupt();
  expect(await main(["convert", fixture("tiny_half.ckpt"), join(folder, "a.ckpt")], io)).toBe(130);
  expect(io.err()).toBe("vidtok: interrupted\n");
  expect(readdirSync(folder)).toEqual([]);
});
