import { longestName, type Budget } from "./budget.ts";
import type { FileBytes } from "./fileBytes.ts";
import { ForeignTensor, TensorRef, type PickleValue } from "./pickleValue.ts";

/** A value in a checkpoint that is no tensor. */
export type Scalar = null | boolean | number | string;

/** Tensors and scalars of nested dicts and lists by their path, its parts joined with dots. */
export interface Contents {
  readonly tensors: ReadonlyMap<string, TensorRef | ForeignTensor>;
  readonly scalars: ReadonlyMap<string, Scalar>;
}

const deepest = 64;
// Approximate memory in V8 of a step through the tree, and of an entry next to its name.
const visitBytes = 32;
const entryBytes = 100;

/**
 * Flattens what a checkpoint's pickle evaluates to; stubs and everything inside them are left out.
 * One list can be referred to from many places, so the tree can be far larger than the pickle.
 */
export function flatten(file: FileBytes, budget: Budget, root: PickleValue): Contents {
  if (!(root instanceof Map)) {
    const found = Array.isArray(root) ? "a list" : describe(root);
    file.fail(undefined, `holds ${found}; a dict of tensors, such as a state_dict(), was expected`);
  }
  const tensors = new Map<string, TensorRef | ForeignTensor>();
  const scalars = new Map<string, Scalar>();
  const visit = (path: string, value: PickleValue, depth: number): void => {
    if (depth > deepest) file.fail(undefined, `nests deeper than ${deepest} at ${path}`);
    if (path.length > longestName) {
      const start = path.slice(0, 80);
      file.fail(undefined, `has a name of more than ${longestName} characters: ${start}…`);
    }
    budget.spend(visitBytes);
    const child = (key: PickleValue) => (path === "" ? String(key) : `${path}.${String(key)}`);
    if (value instanceof Map) {
      for (const [key, item] of value) {
        if (typeof key !== "object") visit(child(key), item, depth + 1);
      }
    } else if (Array.isArray(value)) {
      value.forEach((item, i) => visit(child(i), item, depth + 1));
    } else if (value instanceof TensorRef || value instanceof ForeignTensor) {
      budget.spend(entryBytes + path.length);
      if (tensors.has(path)) file.fail(undefined, `has two tensors named ${path}`);
      tensors.set(path, value);
    } else if (value === null || typeof value !== "object") {
      budget.spend(entryBytes + path.length);
      scalars.set(path, typeof value === "bigint" ? String(value) : value);
    }
  };
  visit("", root, 0);
  return { tensors, scalars };
}

function describe(root: PickleValue): string {
  if (root === null || typeof root !== "object") return `the value ${String(root)}`;
  return "name" in root ? `an object of class ${root.name}` : "no dict";
}
