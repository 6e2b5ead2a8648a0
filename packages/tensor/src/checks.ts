// What every op asks of the numbers it is given, in its own name.
import type { Backend } from "./backend.ts";
import { ShapeError, show, sizeOf, type Shape } from "./shape.ts";

/** `value`, a whole number from `low` (default 0) to 2^53 − 1; anything else is a ShapeError `op: name is …`. */
export function checkWhole(op: string, name: string, value: number, low = 0): number {
  if (Number.isSafeInteger(value) && value >= low) return value;
  throw new ShapeError(
    `${op}: ${name} is ${String(value)}; it must be a whole number of at least ${low}`,
  );
}

/** `value`, a whole number of either sign; anything else is a ShapeError. */
export function checkIndex(op: string, name: string, value: number): number {
  if (Number.isSafeInteger(value)) return value;
  throw new ShapeError(`${op}: ${name} is ${String(value)}; it must be a whole number`);
}

/** `value`, a finite number of at least `low` (default: any); anything else is a RangeError. */
export function checkFinite(op: string, name: string, value: number, low = -Infinity): number {
  if (Number.isFinite(value) && value >= low) return value;
  const wanted = low === -Infinity ? "finite" : `finite and at least ${low}`;
  throw new RangeError(`${op}: ${name} is ${String(value)}; it must be ${wanted}`);
}

/**
 * Throws a ShapeError where any axis but the first is empty: what ops on images and clips refuse,
 * as in PyTorch.
 */
export function checkBatchOnlyEmpty(op: string, shape: Shape): void {
  if (!shape.slice(1).includes(0)) return;
  throw new ShapeError(`${op}: ${show(shape)} is empty, and only its first axis may be`);
}

// As floats they fill all the 2^47 bytes that a process can address.
const mostAddressable = 2 ** 45;

/** Throws a ShapeError where a kernel that reads or computes `shape` would not come to an end. */
export function checkSpace(op: string, shape: Shape): void {
  const count = sizeOf(shape);
  if (count <= mostAddressable) return;
  throw new ShapeError(
    `${op}: ${show(shape)} has ${count} elements; a kernel walks at most ${mostAddressable}; split the work`,
  );
}

/** Throws a ShapeError where `backend` has no storage that holds `shape`. */
export function checkRoom(op: string, backend: Backend, shape: Shape): void {
  const { mostElements = mostAddressable } = backend;
  const count = sizeOf(shape);
  if (count <= mostElements) return;
  throw new ShapeError(
    `${op}: ${show(shape)} has ${count} elements; ${backend.name} (${backend.mode}) holds at most ${mostElements} in a tensor; split the work`,
  );
}
