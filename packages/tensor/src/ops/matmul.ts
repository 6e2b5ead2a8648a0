import type { ProductFormat } from "../backend.ts";
import { Block } from "../block.ts";
import { checkRoom, checkSpace } from "../checks.ts";
import { precisionOn } from "../precision.ts";
import { broadcastShape, checkShape, ShapeError, show, sizeOf, type Shape } from "../shape.ts";
import { record, type Tensor } from "../tensor.ts";
import { dense } from "../view.ts";
import { commonBackend, expand } from "./formula.ts";
import { reshape, transpose } from "./movement.ts";

/** The shape of a product of `[…, m, k]` and `[…, k, n]` whose leading axes broadcast. */
export function matmulShape(a: Shape, b: Shape): number[] {
  if (a.length < 2 || b.length < 2) {
    throw new ShapeError(`matmul: ${show(a)} and ${show(b)} must both have at least 2 axes`);
  }
  if (a.at(-1) !== b.at(-2)) {
    throw new ShapeError(
      `matmul: ${show(a)} has ${a.at(-1)} columns but ${show(b)} has ${b.at(-2)} rows`,
    );
  }
  const batch = broadcastShape("matmul", [a.slice(0, -2), b.slice(0, -2)]);
  for (const operand of [a, b]) checkShape("matmul", [...batch, ...operand.slice(-2)]);
  return checkShape("matmul", [...batch, a.at(-2)!, b.at(-1)!]);
}

/** The matrix product of `[…, m, k]` and `[…, k, n]`, batched over the leading axes, which broadcast. */
export function matmul(a: Tensor, b: Tensor): Tensor {
  const shape = matmulShape(a.shape, b.shape);
  const batch = shape.slice(0, -2);
  const flatten = (x: Tensor): Tensor =>
    reshape(expand(x, [...batch, ...x.shape.slice(-2)]), [sizeOf(batch), ...x.shape.slice(-2)]);
  const format = precisionOn(a.backend);
  return reshape(product(flatten(a), flatten(b), { operands: format, result: format }), shape);
}

function product(a: Tensor, b: Tensor, format: ProductFormat): Tensor {
  const { operands } = format;
  const backend = commonBackend([a, b]);
  const shape = matmulShape(a.shape, b.shape);
  checkRoom("matmul", backend, shape);
  for (const operand of [a, b]) checkSpace("matmul", operand.shape);
  const block = new Block(backend, backend.matmul(a.source(), b.source(), format));
  return record(
    block,
    dense(shape),
    [a, b],
    [
      (dy) => product(dy, transpose(b), { operands, result: operands }),
      // A weight stands on the right, and gradients of weights are f32.
      (dy) => product(transpose(a), dy, { operands, result: "f32" }),
    ],
  );
}
