import type { FileBytes } from "./fileBytes.ts";
import { TensorRef, type PickleValue } from "./pickleValue.ts";

/** A value in a checkpoint that is no tensor. */
export type Scalar = null | boolean | number | string;

/** Tensors and scalars of nested dicts and lists by their path, its parts joined with dots. */
export interface Contents {
  readonly tensors: ReadonlyMap<string, TensorRef>;
  readonly scalars: ReadonlyMap<string, Scalar>;
}

// A pickle can refer to one list from many places, so a small file can describe an endless tree.
const deepest = 64;
const mostValues = 4_000_000;

/** Flattens what a checkpoint's pickle evaluates to; stubs and everything inside them are left out. */
export function flatten(file: FileBytes, root: PickleValue): Contents {
  if (!(root instanceof Map)) {
    const found = Array.isArray(root) ? "a list" : describe(root);
    file.fail(undefined, `holds ${found}; a dict of tensors, such as a state_dict(), was expected`);
  }
  const tensors = new Map<string, TensorRef>();
  const scalars = new Map<string, Scalar>();
  let values = 0;
  const visit = (path: string, value: PickleValue, depth: number): void => {
    if (depth > deepest) file.fail(undefined, `nests deeper than ${deepest} at ${path}`);
    if (++values > mostValues) file.fail(undefined, `holds more than ${mostValues} values`);
    const child = (key: PickleValue) => (path === "" ? String(key) : `${path}.${String(key)}`);
    if (value instanceof Map) {
      for (const [key, item] of value) {
        if (typeof key !== "object") visit(child(key), item, depth + 1);
      }
    } else if (Array.isArray(value)) {
      value.forEach((item, i) => visit(child(i), item, depth + 1));
    } else if (value instanceof TensorRef) {
      if (tensors.has(path)) file.fail(undefined, `has two tensors named ${path}`);
      tensors.set(path, value);
    } else if (typeof value === "bigint") {
      scalars.set(path, String(value));
    } else if (value === null || typeof value !== "object") {
      scalars.set(path, value);
    }
  };
  visit("", root, 0);
  return { tensors, scalars };
}

function describe(root: PickleValue): string {
  if (root === null || typeof root !== "object") return `the value ${String(root)}`;
  return "name" in root ? `an object of class ${root.name}` : "no dict";
}
