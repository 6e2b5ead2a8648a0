import type { Scalar } from "./contents.ts";
import { itemSize, type StoredDtype } from "./dtype.ts";
import type { FileBytes } from "./fileBytes.ts";
import { countElements, denseStrides, storedTensor, type StoredTensor } from "./storedTensor.ts";
import type { Parsed } from "./torchZip.ts";

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

const dtypes = new Map(
  Object.entries(safetensorsNames).map(([dtype, name]) => [name, dtype as StoredDtype]),
);

// The limit of the format's own library.
const longestHeader = 100_000_000;

/** Reads a safetensors file: a 64-bit header length, a JSON header, then the elements. */
export function readSafetensors(file: FileBytes): Parsed {
  const headerLength = Number(
    new DataView(file.head(0, 8, "safetensors header length").buffer).getBigUint64(0, true),
  );
  if (headerLength > longestHeader) {
    file.fail(0, `safetensors header of ${headerLength} bytes; at most ${longestHeader}`);
  }
  const header = parseHeader(file, file.head(8, headerLength, "safetensors header"));
  const base = 8 + headerLength;
  const entries = new Map<string, StoredTensor>();
  const metadata = new Map<string, Scalar>();
  for (const [name, entry] of Object.entries(header)) {
    if (!isRecord(entry)) {
      file.fail(8, `safetensors header entry ${name} is not an object`);
    } else if (name === "__metadata__") {
      for (const [key, value] of Object.entries(entry)) metadata.set(key, String(value));
    } else {
      entries.set(name, readEntry(file, name, entry, base));
    }
  }
  return { entries, metadata };
}

function parseHeader(file: FileBytes, bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    return file.fail(8, `safetensors header is not JSON: ${(cause as Error).message}`);
  }
  return isRecord(header) ? header : file.fail(8, "safetensors header is not a JSON object");
}

function readEntry(
  file: FileBytes,
  name: string,
  entry: Record<string, unknown>,
  base: number,
): StoredTensor {
  const { dtype: spelling, shape, data_offsets: offsets } = entry;
  const dtype = typeof spelling === "string" ? dtypes.get(spelling) : undefined;
  if (!dtype) {
    return file.fail(
      8,
      `tensor ${name} is of type ${String(spelling)}; known are ${[...dtypes.keys()].join(", ")}`,
    );
  }
  if (!isCounts(shape) || !isCounts(offsets) || offsets.length !== 2) {
    return file.fail(
      8,
      `tensor ${name} needs a shape and two data_offsets of non-negative integers`,
    );
  }
  const [begin, end] = offsets as readonly [number, number];
  const needed = countElements(shape) * itemSize[dtype];
  if (end - begin !== needed) {
    file.fail(
      8,
      `tensor ${name} ${spelling as string} [${shape.join(", ")}] takes ${needed} bytes ` +
        `but its data_offsets [${begin}, ${end}] hold ${end - begin}`,
    );
  }
  file.check(base + begin, needed, `tensor ${name}`);
  const layout = { name, dtype, shape, strides: denseStrides(shape), start: base + begin };
  return storedTensor(file, layout, base + begin, needed);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is readonly number[] {
  return (
    Array.isArray(value) && value.every((n: unknown) => Number.isSafeInteger(n) && Number(n) >= 0)
  );
}
