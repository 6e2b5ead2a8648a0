import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openCheckpoint, writeSafetensors } from "../../src/index.ts";
import { safetensorsFile, temporaryFile, temporaryFolder } from "../files.ts";

test("what is written is read back", async () => {
  const path = join(temporaryFolder(), "model.safetensors");
  const weight = Float32Array.of(1, -2, 0.5, NaN, Infinity, 3e-40);
  await writeSafetensors(
    path,
    [
      ["flag", { dtype: "u8", shape: [3], data: Uint8Array.of(1, 2, 3) }],
      ["weight", { dtype: "f32", shape: [2, 3], data: weight }],
      ["empty", { dtype: "f32", shape: [0], data: new Float32Array(0) }],
      ["steps", { dtype: "i64", shape: [], data: () => Promise.resolve(BigInt64Array.of(77n)) }],
    ],
    { epoch: "3" },
  );
  const checkpoint = await openCheckpoint(path);
  expect(checkpoint.format).toBe("safetensors");
  expect([...checkpoint.entries.keys()]).toEqual(["steps", "weight", "empty", "flag"]);
  expect(await checkpoint.entries.get("weight")!.read()).toEqual(weight);
  expect(await checkpoint.entries.get("flag")!.read()).toEqual(Float32Array.of(1, 2, 3));
  expect(await checkpoint.entries.get("steps")!.read()).toEqual(Float32Array.of(77));
  expect(checkpoint.entries.get("empty")!.shape).toEqual([0]);
  expect(Object.fromEntries(checkpoint.metadata)).toEqual({ epoch: "3" });
  await checkpoint.close();
});

test("the header is padded with spaces to a multiple of 8", async () => {
  const path = join(temporaryFolder(), "x.safetensors");
  await writeSafetensors(path, [["x", { dtype: "f32", shape: [1], data: Float32Array.of(1) }]]);
  expect(readFileSync(path).toString("latin1")).toBe(
    '\x38\0\0\0\0\0\0\0{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}' +
      " ".repeat(2) +
      "\0\0\x80?",
  );
});

test("a failed write leaves the old file and nothing else", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "x.safetensors");
  writeFileSync(path, "old");
  const short = { dtype: "f32", shape: [2], data: Float32Array.of(1) } as const;
  await expect(writeSafetensors(path, [["x", short]])).rejects.toThrow(
    /tensor x f32 \[2\] takes 8 bytes but its data has 4/,
  );
  const late = { ...short, data: () => Promise.reject(new Error("device lost")) };
  await expect(writeSafetensors(path, [["x", late]])).rejects.toThrow("device lost");
  await expect(
    writeSafetensors(path, [
      ["x", short],
      ["x", short],
    ]),
  ).rejects.toThrow(/cannot write the name x twice/);
  await expect(writeSafetensors(path, [["__metadata__", short]])).rejects.toThrow(
    /cannot write a tensor named __metadata__/,
  );
  expect(readdirSync(folder)).toEqual(["x.safetensors"]);
  expect(readFileSync(path, "utf8")).toBe("old");
});

test("tensors beyond 4 GB are read without reading the rest", async () => {
  const path = join(temporaryFolder(), "large.safetensors");
  const begin = 5 * 2 ** 30;
  const hole = { dtype: "U8", shape: [begin], data_offsets: [0, begin] };
  const entry = { dtype: "F32", shape: [2], data_offsets: [begin, begin + 8] };
  const header = Buffer.from(JSON.stringify({ hole, far: entry }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const handle = await open(path, "w");
  await handle.write(Buffer.concat([length, header]));
  const data = Buffer.from(Float32Array.of(1.5, -2).buffer);
  await handle.write(data, 0, 8, 8 + header.length + begin);
  await handle.close();
  const checkpoint = await openCheckpoint(path);
  expect(await checkpoint.entries.get("far")!.read()).toEqual(Float32Array.of(1.5, -2));
  await checkpoint.close();
});

test.each([
  ["is not JSON", '{"a": ', /header is not JSON/],
  ["has an entry that is no object", '{"a": 1}', /header entry a is not an object/],
  [
    "has an unknown type",
    '{"a":{"dtype":"I4","shape":[2],"data_offsets":[0,1]}}',
    /tensor a is of type I4; the types of the format are F64, F32/,
  ],
  [
    "has a negative size",
    '{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}',
    /tensor a needs a shape and two data_offsets/,
  ],
  [
    "has sizes and offsets that differ",
    '{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,4]}}',
    /tensor a F32 \[3\] takes 12 bytes but its data_offsets \[0, 4\] hold 4/,
  ],
  [
    "points beyond the file",
    '{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}',
    /offset \d+: tensor a needs 12 bytes but the file ends at \d+; is it truncated/,
  ],
])("a safetensors header that %s is refused", async (_, header, message) => {
  await expect(
    openCheckpoint(safetensorsFile(Buffer.from(header), new Uint8Array(8))),
  ).rejects.toThrow(message);
});

test("a header length beyond the file or the limit is refused", async () => {
  const bytes = Buffer.alloc(16, 0x7b);
  bytes.writeBigUInt64LE(100n);
  await expect(openCheckpoint(temporaryFile(bytes))).rejects.toThrow(
    /offset 8: safetensors header needs 100 bytes but the file ends at 16/,
  );
  bytes.writeBigUInt64LE(2n ** 40n);
  await expect(openCheckpoint(temporaryFile(bytes))).rejects.toThrow(
    /header of 1099511627776 bytes/,
  );
});
