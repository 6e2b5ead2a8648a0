// How PyTorch spells element types, and how its pickles spell sizes.
import type { StoredDtype } from "./dtype.ts";
import { foreignStorages } from "./foreignTypes.ts";
import type { PickleContext } from "./pickle.ts";
import { PickleGlobal, type PickleValue } from "./pickleValue.ts";

const storageDtypes: ReadonlyMap<string, StoredDtype> = new Map([
  ["torch.DoubleStorage", "f64"],
  ["torch.FloatStorage", "f32"],
  ["torch.HalfStorage", "f16"],
  ["torch.BFloat16Storage", "bf16"],
  ["torch.LongStorage", "i64"],
  ["torch.IntStorage", "i32"],
  ["torch.ShortStorage", "i16"],
  ["torch.CharStorage", "i8"],
  ["torch.ByteStorage", "u8"],
  ["torch.BoolStorage", "bool"],
]);

const dtypes: ReadonlyMap<string, StoredDtype> = new Map([
  ["torch.float64", "f64"],
  ["torch.float32", "f32"],
  ["torch.float16", "f16"],
  ["torch.bfloat16", "bf16"],
  ["torch.int64", "i64"],
  ["torch.int32", "i32"],
  ["torch.int16", "i16"],
  ["torch.int8", "i8"],
  ["torch.uint64", "u64"],
  ["torch.uint32", "u32"],
  ["torch.uint16", "u16"],
  ["torch.uint8", "u8"],
  ["torch.bool", "bool"],
]);

const untypedStorages = new Set(["torch.storage.UntypedStorage", "torch.UntypedStorage"]);

/**
 * Element type of a storage class: a `StoredDtype` or a foreign name; `undefined` for untyped
 * storages.
 */
export function storageType(className: string): string | undefined {
  if (untypedStorages.has(className)) return undefined;
  return storageDtypes.get(className) ?? foreignStorages.get(className) ?? className;
}

/** Element type that a `torch.dtype` in a pickle stands for: a `StoredDtype` or a foreign name. */
export function elementType(value: PickleValue | undefined): string | undefined {
  if (!(value instanceof PickleGlobal)) return undefined;
  return dtypes.get(value.name) ?? value.name.replace(/^torch\./, "");
}

/** Sizes or strides: a tuple of at most 64 counts, or `undefined`. */
export function countsIn(value: PickleValue | undefined): readonly number[] | undefined {
  return Array.isArray(value) && value.length <= 64 && value.every(isCount) ? value : undefined;
}

/** Sizes or strides of a tensor; fails where they are not a tuple of at most 64 counts. */
export function readCounts(
  value: PickleValue | undefined,
  what: string,
  context: PickleContext,
): readonly number[] {
  if (!Array.isArray(value)) return context.fail(`tensor ${what} is not a tuple`);
  if (value.length > 64) context.fail(`tensor ${what} has ${value.length} axes`);
  return value.map((n) => readCount(n, `tensor ${what}`, context));
}

/** A whole number of at least 0 that a double holds exactly; fails otherwise. */
export function readCount(
  value: PickleValue | undefined,
  what: string,
  context: PickleContext,
): number {
  return isCount(value) ? value : context.fail(`${what} is ${described(value)}, not a count`);
}

function isCount(value: PickleValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function described(value: PickleValue | undefined): string {
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
