import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { CheckpointError, openCheckpoint } from "../../src/index.ts";
import { fixture, safetensorsFile } from "../files.ts";

/**
 * A header as Latin-1 text, the bytes behind it, and the names the format's own library finds, if
 * it takes the file.
 */
interface Rule {
  readonly case: string;
  readonly header: string;
  readonly data: number;
  readonly names: readonly string[] | null;
}

const rules = JSON.parse(readFileSync(fixture("safetensorsRules.json"), "utf8")) as readonly Rule[];

/** The names in a file, or `null` where it is refused with an error that names it. */
async function namesIn(path: string): Promise<readonly string[] | null> {
  try {
    const checkpoint = await openCheckpoint(path);
    await checkpoint.close();
    return [...checkpoint.entries.keys()].sort();
  } catch (error) {
    if (error instanceof CheckpointError && error.message.includes(path)) return null;
    throw error;
  }
}

test.each(rules)("$case: taken or refused as by safetensors 0.8.0", async (rule) => {
  const path = safetensorsFile(Buffer.from(rule.header, "latin1"), new Uint8Array(rule.data));
  expect(await namesIn(path)).toEqual(rule.names);
});

const tensor = '{"dtype":"F32","shape":[2],"data_offsets":[0,8]}';
const huge = '{"dtype":"F32","shape":[0,9007199254740991,2],"data_offsets":[0,0]}';

// The library reads these: a repeated name by its last value, which the format forbids, and Rust's
// other spellings of a struct.
test.each([
  ["a repeated name", `{"a":${tensor},"a":${tensor}}`, /the key "a" is repeated/],
  [
    "a repeated name in an escape",
    `{"a":${tensor},"\\u0061":${tensor}}`,
    /the key "a" is repeated/,
  ],
  ["a repeated metadata key", '{"__metadata__":{"x":"y","x":"z"}}', /the key "x" is repeated/],
  ["a tensor as a list", '{"a":["F32",[2],[0,8]]}', /entry a is not an object/],
  ["a space in front", ` {"a":${tensor}}`, /are no checkpoint/],
  [
    "a shape beyond 2^53 without elements",
    `{"a":${huge}}`,
    /its sizes multiply to more than 2\^53/,
  ],
])("%s is refused, though the library takes it", async (_, header, message) => {
  const data = new Uint8Array(header.includes("0,8]") ? 8 : 0);
  const path = safetensorsFile(Buffer.from(header), data);
  await expect(openCheckpoint(path)).rejects.toThrow(message);
});

test.each([
  [
    "a hole",
    '{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}',
    16,
    /tensor a leaves a hole before it: its data_offsets are \[8, 16\] where 0 was/,
  ],
  [
    "an overlap",
    `{"a":${tensor},"b":${tensor}}`,
    8,
    /tensor b overlaps the tensor before it: its data_offsets are \[0, 8\] where 8 was/,
  ],
  [
    "bytes behind",
    `{"a":${tensor}}`,
    100,
    /92 bytes follow the last tensor a; a safetensors file ends with it/,
  ],
  [
    "metadata that is no text",
    '{"__metadata__":{"a":{"toString":1}}}',
    0,
    /__metadata__ holds a, which is not text/,
  ],
  [
    "a key too long",
    `{"${"k".repeat(9000)}":${tensor}}`,
    8,
    /a key of 9000 characters, of at most 8192/,
  ],
] as const)("the error of %s says what and where", async (_, header, data, message) => {
  await expect(
    openCheckpoint(safetensorsFile(Buffer.from(header), new Uint8Array(data))),
  ).rejects.toThrow(message);
});

test("a type of the format that is not read is listed, and an error when it is read", async () => {
  const header = '{"a":{"dtype":"F8_E4M3","shape":[4,2],"data_offsets":[0,8]}}';
  const checkpoint = await openCheckpoint(safetensorsFile(Buffer.from(header), new Uint8Array(8)));
  const a = checkpoint.entries.get("a")!;
  expect([a.dtype, a.shape, a.bytes]).toEqual(["F8_E4M3", [4, 2], 8]);
  await expect(a.read()).rejects.toThrow(
    /case.safetensors: tensor a is F8_E4M3, which is not read/,
  );
  await expect(a.readBytes()).rejects.toThrow(/known are f64, f32/);
  await checkpoint.close();
});
