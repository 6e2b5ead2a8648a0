import { hashValues } from "@vidtok/tensor/testing";
import { tensor } from "@vidtok/tensor";
import type { Shape, Tensor } from "@vidtok/tensor";
import type { Tokenizer } from "../../src/tokenizer.ts";

/** Where the hashed numbers were rounded to float32: once at the end (blocks.json), or at every step (the whole models). */
export type Rounding = "last" | "each";

const sizeOf = (shape: Shape): number => shape.reduce((product, size) => product * size, 1);

/** An input: `scale` times numbers in [-1, 1). */
export function hashInput(name: string, shape: Shape, scale = 1): Tensor {
  return tensor(
    hashValues(name, sizeOf(shape), (v) => scale * v),
    shape,
  );
}

/** A weight by its name in the state dict. */
export function hashWeight(name: string, shape: Shape, rounding: Rounding): Float32Array {
  const count = sizeOf(shape);
  const round = rounding === "each" ? Math.fround : (value: number): number => value;
  const scaled = (v: number, scale: number): number => round(round(v) * round(scale));
  if (name.endsWith("mix_factor")) return new Float32Array(count).fill(0.3);
  if (shape.length >= 2) {
    const bound = Math.sqrt(3 / sizeOf(shape.slice(1)));
    return hashValues(name, count, (v) => scaled(v, bound));
  }
  if (name.endsWith("weight")) return hashValues(name, count, (v) => 1 + scaled(v, 0.1));
  return hashValues(name, count, (v) => scaled(v, 0.1));
}

/** Gives a model the goldens' weights. */
export function loadHashWeights(model: Tokenizer, rounding: Rounding): void {
  const state = [...model.namedParameters()].map(
    ([name, { shape }]) => [name, { shape, data: hashWeight(name, shape, rounding) }] as const,
  );
  model.loadStateDict(new Map(state));
}
