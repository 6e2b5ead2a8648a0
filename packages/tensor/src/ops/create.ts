import type { Tensor } from "../tensor.ts";
import { tensor } from "../tensor.ts";
import { expand } from "./formula.ts";
import type { Backend } from "../backend.ts";
import { checkShape, type Shape } from "../shape.ts";

/** A tensor of one number repeated, which takes the memory of one. */
export function full(shape: Shape, value: number, backend?: Backend): Tensor {
  checkShape("full", shape);
  return expand(tensor([value], [], backend ? { backend } : {}), shape);
}

/** Zeros in the shape of x, on its backend. */
export function zerosLike(x: Tensor): Tensor {
  return full(x.shape, 0, x.backend);
}

/** Ones in the shape of x, on its backend. */
export function onesLike(x: Tensor): Tensor {
  return full(x.shape, 1, x.backend);
}
