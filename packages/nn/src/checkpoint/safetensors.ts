import { setImmediate } from "node:timers/promises";
import type { Budget } from "./budget.ts";
import type { Scalar } from "./contents.ts";
import { itemSize, type StoredDtype } from "./dtype.ts";
import type { FileBytes } from "./fileBytes.ts";
import { foreignSafetensorsBits } from "./foreignTypes.ts";
import type { ParsedCheckpoint } from "./parsedCheckpoint.ts";
import { denseStrides } from "./shape.ts";
import { StorageBlock } from "./storageBlock.ts";
import { storedTensor, unreadableTensor, type StoredTensor } from "./storedTensor.ts";
import { strictJsonMembers, type Json } from "./strictJson.ts";

/** How the safetensors format spells the element types. */
export const safetensorsNames: Readonly<Record<StoredDtype, string>> = {
  f64: "F64",
  f32: "F32",
  f16: "F16",
  bf16: "BF16",
  i64: "I64",
  i32: "I32",
  i16: "I16",
  i8: "I8",
  u64: "U64",
  u32: "U32",
  u16: "U16",
  u8: "U8",
  bool: "BOOL",
};

const dtypes: ReadonlyMap<string, StoredDtype> = new Map(
  Object.entries(safetensorsNames).map(([dtype, name]) => [name, dtype as StoredDtype]),
);

const metadataName = "__metadata__";
const lengthBytes = 8;
// The limit of the format's own library.
const longestHeader = 100_000_000;
// Approximate memory in V8 of an entry, next to what its text says.
const entryBytes = 400;
// Signals are handled between turns of this many entries.
const turn = 1024;

/** An entry of the header: `begin` and `end` count bytes from the end of the header. */
interface HeaderEntry {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/**
 * Reads a safetensors file: a 64-bit header length, a JSON header, then the elements. The rules are
 * those of the format: tensors in any order cover the bytes behind the header without hole, overlap
 * or rest, keys are not repeated, and the metadata is text.
 */
export async function readSafetensors(file: FileBytes, budget: Budget): Promise<ParsedCheckpoint> {
  const view = new DataView(file.head(0, lengthBytes, "safetensors header length").buffer);
  const headerLength = Number(view.getBigUint64(0, true));
  if (headerLength > longestHeader) {
    file.fail(0, `safetensors header of ${headerLength} bytes; at most ${longestHeader}`);
  }
  let metadata: ReadonlyMap<string, Scalar> = new Map();
  const listed: HeaderEntry[] = [];
  for (const [name, entry] of headerMembers(file, headerLength, budget)) {
    if (name === metadataName) metadata = readMetadata(file, entry);
    else if (listed.push(readEntry(file, name, entry)) % turn === 0) await setImmediate();
    budget.spend(entryBytes);
  }
  checkCover(file, listed, lengthBytes + headerLength);
  const entries = new Map<string, StoredTensor>();
  for (const { name, type, shape, begin, end } of listed) {
    const dtype = dtypes.get(type);
    const start = lengthBytes + headerLength + begin;
    const layout = { name, shape, strides: denseStrides(shape), start };
    const block = new StorageBlock(file, start, end - begin);
    entries.set(
      name,
      dtype
        ? storedTensor(file, budget, { ...layout, dtype }, block)
        : unreadableTensor(file, name, type, shape, end - begin),
    );
  }
  return { entries, metadata };
}

function* headerMembers(
  file: FileBytes,
  length: number,
  budget: Budget,
): Generator<readonly [string, Json]> {
  const bytes = file.head(lengthBytes, length, "safetensors header");
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    yield* strictJsonMembers(text, (spent) => budget.spend(spent));
  } catch (cause) {
    // The decoder throws TypeErrors.
    if (!(cause instanceof SyntaxError || cause instanceof TypeError)) throw cause;
    file.fail(lengthBytes, `safetensors header is not JSON: ${cause.message}`);
  }
}

function readMetadata(file: FileBytes, header: Json): ReadonlyMap<string, Scalar> {
  const metadata = new Map<string, Scalar>();
  if (header === null) return metadata;
  if (!isObject(header)) return file.fail(lengthBytes, `${metadataName} is not a JSON object`);
  for (const [key, value] of header) {
    if (typeof value !== "string") {
      return file.fail(lengthBytes, `${metadataName} holds ${key}, which is not text`);
    }
    metadata.set(key, value);
  }
  return metadata;
}

function readEntry(file: FileBytes, name: string, entry: Json): HeaderEntry {
  if (!isObject(entry)) {
    return file.fail(lengthBytes, `safetensors header entry ${name} is not an object`);
  }
  const type = entry.get("dtype");
  const bits = typeof type === "string" ? bitsOf(type) : undefined;
  if (typeof type !== "string" || bits === undefined) {
    const found = typeof type === "string" ? `type ${type}` : "no type";
    return file.fail(
      lengthBytes,
      `tensor ${name} is of ${found}; the types of the format are ` +
        [...dtypes.keys(), ...foreignSafetensorsBits.keys()].join(", "),
    );
  }
  const shape = countsIn(entry.get("shape"));
  const offsets = countsIn(entry.get("data_offsets"));
  if (!shape || offsets?.length !== 2) {
    return file.fail(
      lengthBytes,
      `tensor ${name} needs a shape and two data_offsets of whole numbers from 0 to 2^53`,
    );
  }
  const [begin, end] = offsets as readonly [number, number];
  const needed = bitsIn(shape, bits);
  if (BigInt(end) - BigInt(begin) !== needed / 8n || needed % 8n !== 0n) {
    const bytes = needed % 8n === 0n ? `${needed / 8n} bytes` : "no whole number of bytes";
    return file.fail(
      lengthBytes,
      `tensor ${name} ${type} [${shape.join(", ")}] takes ${bytes} ` +
        `but its data_offsets [${begin}, ${end}] hold ${end - begin}`,
    );
  }
  return { name, type, shape, begin, end };
}

function checkCover(file: FileBytes, listed: readonly HeaderEntry[], base: number): void {
  let covered = 0;
  for (const { name, begin, end } of listed.toSorted(byOffsets)) {
    if (begin !== covered) {
      const fault = begin < covered ? "overlaps the tensor before it" : "leaves a hole before it";
      file.fail(
        base + begin,
        `tensor ${name} ${fault}: its data_offsets are [${begin}, ${end}] ` +
          `where ${covered} was to come next`,
      );
    }
    file.check(base + begin, end - begin, `tensor ${name}`);
    covered = end;
  }
  if (base + covered !== file.size) {
    const last = listed.toSorted(byOffsets).at(-1);
    file.fail(
      base + covered,
      `${file.size - base - covered} bytes follow the last tensor${last ? ` ${last.name}` : ""}; ` +
        "a safetensors file ends with it",
    );
  }
}

function byOffsets(a: HeaderEntry, b: HeaderEntry): number {
  return a.begin - b.begin || a.end - b.end;
}

function bitsOf(type: string): number | undefined {
  const dtype = dtypes.get(type);
  return dtype ? 8 * itemSize[dtype] : foreignSafetensorsBits.get(type);
}

// Stops where no file is that large, so that a long shape is no long product.
function bitsIn(shape: readonly number[], bits: number): bigint {
  let product = BigInt(bits);
  for (const size of shape) {
    product *= BigInt(size);
    if (product > 2n ** 67n) break;
  }
  return product;
}

function isObject(value: Json): value is ReadonlyMap<string, Json> {
  return value instanceof Map;
}

function countsIn(value: Json | undefined): readonly number[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const counts = (value as readonly Json[]).map((n) => (typeof n === "bigint" ? Number(n) : NaN));
  return counts.every((n) => Number.isSafeInteger(n) && n >= 0) ? counts : undefined;
}
