import { readFileSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  openCheckpoint,
  stateEntries,
  writeTorchZip,
  type TensorToWrite,
} from "../../src/index.ts";
import { fixture, temporaryFile, temporaryFolder, zipFile, type ZipMember } from "../files.ts";

// {"x": 4 of 6 elements, "y": all 6}, of one storage.
const view = (length: number) =>
  "ctorch._utils\n_rebuild_tensor_v2\n((S'storage'\nctorch\nFloatStorage\nS'0'\nS'cpu'\nI6\ntQ" +
  `I0\n(I${length}\nt(I1\ntI00\n(dtR`;
const pickle = Buffer.from(`(dS'x'\n${view(4)}sS'y'\n${view(6)}s.`);
const values = Float32Array.of(1, 2, 3, 4, 5, 6);
const elements = new Uint8Array(values.buffer);
const members = (
  change: Partial<ZipMember> = {},
  pickleChange: Partial<ZipMember> = {},
): ZipMember[] => [
  { name: "case/data.pkl", data: pickle, ...pickleChange },
  { name: "case/data/0", data: elements, ...change },
];

test("an entry whose checksum differs is an error that names it, at every read of its tensors", async () => {
  const path = temporaryFile(zipFile(members({ crc: 0x1234abcd })));
  const checkpoint = await openCheckpoint(path);
  const message =
    /case.ckpt, offset \d+: zip entry case\/data\/0 is damaged: its CRC-32 is [0-9a-f]{8}, but 1234abcd was/;
  for (const name of ["x", "y", "x"]) {
    await expect(checkpoint.entries.get(name)!.read(), name).rejects.toThrow(message);
    await expect(checkpoint.entries.get(name)!.readBytes(), name).rejects.toThrow(message);
  }
  await checkpoint.close();
});

test("a pickle whose checksum differs is an error when the file is opened", async () => {
  const path = temporaryFile(zipFile(members({}, { crc: 1 })));
  await expect(openCheckpoint(path)).rejects.toThrow(/zip entry case\/data.pkl is damaged/);
});

test("every flipped bit of an element is found, in tensors of the whole storage and of a part", async () => {
  const bytes = zipFile(members());
  const start = Buffer.from(bytes).indexOf(elements);
  const path = join(temporaryFolder(), "case.ckpt");
  for (let i = 0; i < elements.length; i++) {
    const damaged = Uint8Array.from(bytes);
    damaged[start + i]! ^= 1 << (i % 8);
    writeFileSync(path, damaged);
    const checkpoint = await openCheckpoint(path);
    await expect(checkpoint.entries.get(i % 2 ? "x" : "y")!.read()).rejects.toThrow(/is damaged/);
    await checkpoint.close();
  }
});

test("intact entries are read, in any order and at once", async () => {
  const checkpoint = await openCheckpoint(temporaryFile(zipFile(members())));
  const [x, y] = [checkpoint.entries.get("x")!, checkpoint.entries.get("y")!];
  const [part, whole, again] = await Promise.all([x.read(), y.read(), x.read()]);
  expect([part, whole, again]).toEqual([values.slice(0, 4), values, values.slice(0, 4)]);
  await checkpoint.close();
});

test("a checksum is computed over chunks of a large entry", async () => {
  const count = 700_000;
  const data = new Uint8Array(Uint32Array.from({ length: count }, (_, i) => i * 2654435761).buffer);
  const text = pickle.toString().replaceAll("I6\n", `I${count}\n`);
  const file = members({ data }, { data: Buffer.from(text) });
  const path = temporaryFile(zipFile(file));
  for (const name of ["x", "y"]) {
    const checkpoint = await openCheckpoint(path);
    const found = await checkpoint.entries.get(name)!.readBytes();
    expect(Buffer.compare(found, data.subarray(0, found.length)), name).toBe(0);
    await checkpoint.close();
  }
  data[2_500_000]! ^= 4;
  const crc = Buffer.from(readFileSync(path)).readUInt32LE(14 + 30 + 13 + text.length);
  const damaged = await openCheckpoint(temporaryFile(zipFile([file[0]!, { ...file[1]!, crc }])));
  for (const name of ["x", "y"]) {
    await expect(damaged.entries.get(name)!.read(), name).rejects.toThrow(/is damaged/);
  }
  await damaged.close();
});

test("a file of which no entry has a checksum is read, as PyTorch can be told to write it", async () => {
  const checkpoint = await openCheckpoint(temporaryFile(zipFile(members({ crc: 0 }, { crc: 0 }))));
  expect(await checkpoint.entries.get("y")!.read()).toEqual(values);
  await checkpoint.close();
});

test("one checksum of 0 among others is compared", async () => {
  const checkpoint = await openCheckpoint(temporaryFile(zipFile(members({ crc: 0 }))));
  await expect(checkpoint.entries.get("y")!.read()).rejects.toThrow(/but 00000000 was saved/);
  await checkpoint.close();
});

test("checksums of PyTorch's own files hold", async () => {
  for (const name of ["negative.ckpt", "lightning.ckpt", "tiny_half.ckpt", "script.pt"]) {
    const checkpoint = await openCheckpoint(fixture(name));
    for (const tensor of checkpoint.entries.values()) await tensor.readBytes();
    await checkpoint.close();
  }
});

const extra = { name: "case/notes", data: Buffer.from("notes") };

test.each([
  [
    "another name in its own header",
    members({ localName: "case/data/1" }),
    /zip entry case\/data\/0 has the name "case\/data\/1" in its own header/,
  ],
  [
    "another size in its own header",
    members({ localSize: 20 }),
    /has another size or checksum in its own header/,
  ],
  ["the name of another", [...members(), members()[1]!], /has two zip entries named case\/data\/0/],
  [
    "the place of another",
    [...members(), { ...extra, sharedWith: 1 }],
    /zip entry case\/\S+ of \d+ bytes reaches into what begins at \d+/,
  ],
  [
    "compressed elements",
    members({ method: 8 }),
    /zip entry case\/data\/0 is compressed \(method 8\)/,
  ],
  ["encrypted elements", members({ flags: 1 }), /zip entry case\/data\/0 is encrypted/],
] as const)("an entry with %s is refused", async (_, file, message) => {
  await expect(openCheckpoint(temporaryFile(zipFile(file)))).rejects.toThrow(message);
});

test.each([
  ["compressed", { method: 8 }],
  ["encrypted", { flags: 1 }],
] as const)("an entry that is %s and holds no tensor does no harm", async (_, change) => {
  const path = temporaryFile(zipFile([...members(), { ...extra, ...change }]));
  const checkpoint = await openCheckpoint(path);
  expect(await checkpoint.entries.get("y")!.read()).toEqual(values);
  await checkpoint.close();
});

test("sizes that follow the elements, as PyTorch writes them, are not looked for in front", async () => {
  const path = temporaryFile(zipFile(members({ flags: 8, localSize: 0 })));
  const checkpoint = await openCheckpoint(path);
  expect(await checkpoint.entries.get("y")!.read()).toEqual(values);
  await checkpoint.close();
});

test("checksums of a large file are computed on a thread where there is one, with the same result", async () => {
  const path = join(temporaryFolder(), "large.ckpt");
  const large = new Uint8Array(2 ** 26);
  const weights = Array.from({ length: 40 }, (_, i): [string, TensorToWrite] => [
    `w${i}`,
    { dtype: "f32", shape: [2 ** 15], data: new Float32Array(2 ** 15).fill(i) },
  ]);
  await writeTorchZip(path, [
    ["large", { dtype: "u8", shape: [2 ** 26], data: large }],
    ...weights,
  ]);
  const handle = await open(path, "r+");
  const damaged = readFileSync(path).indexOf(Buffer.from(Float32Array.of(39, 39).buffer));
  await handle.write(Buffer.from([1]), 0, 1, damaged);
  await handle.close();
  const checkpoint = await openCheckpoint(path);
  const state = stateEntries(checkpoint);
  expect((await state.get("large")!.readBytes()).length).toBe(2 ** 26);
  for (let i = 0; i < 39; i++) {
    const values = await state.get(`w${i}`)!.read();
    expect([values.length, values[0], values.at(-1)]).toEqual([2 ** 15, i, i]);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await expect(state.get("w39")!.read()).rejects.toThrow(/zip entry archive\/data\/40 is damaged/);
  await checkpoint.close();
}, 30_000);
