// The arguments of a session, which JavaScript may call with anything. The messages are those of
// the addon, `native/addon.cc`.

function wrongType(index: number, wanted: string): TypeError {
  return new TypeError(`native: argument ${index} has to be ${wanted}`);
}

const tag = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);

/** Argument `index` as a number. */
export function numberArgument(value: unknown, index: number): number {
  if (typeof value !== "number") throw wrongType(index, "a number");
  return value;
}

/** Argument `index` as a string. */
export function stringArgument(value: unknown, index: number): string {
  if (typeof value !== "string") throw wrongType(index, "a string");
  return value;
}

/** Argument `index` as a Float32Array. */
export function floatsArgument(value: unknown, index: number): Float32Array {
  if (tag(value) !== "Float32Array") throw wrongType(index, "a Float32Array");
  return value as Float32Array;
}

/** Argument `index` as a Float64Array. */
export function doublesArgument(value: unknown, index: number): Float64Array {
  if (tag(value) !== "Float64Array") throw wrongType(index, "a Float64Array");
  return value as Float64Array;
}

/** Argument `index` as an object that can be held weakly. */
export function objectArgument(value: unknown, index: number): object {
  const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
  if (!isObject) throw wrongType(index, "an object");
  return value;
}
