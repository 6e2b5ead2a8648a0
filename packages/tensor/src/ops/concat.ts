import { E } from "../expr.ts";
import { axisOf, checkShape, sameShape, ShapeError, show } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { defineMap } from "./elementwise.ts";
import { cut, newAxisOf, unsqueeze } from "./movement.ts";

// More inputs than this meet in rounds: a fragment shader reads few textures.
const widest = 8;

/** The tensors one after the other along an axis: the sum of zero-padded views, in one kernel. */
export function concat(tensors: readonly Tensor[], axis: number): Tensor {
  const first = tensors[0];
  if (!first) throw new ShapeError("concat: no tensors were given; it takes at least one");
  return join("concat", first, tensors, axisOf("concat", first.shape, axis));
}

function join(op: string, first: Tensor, tensors: readonly Tensor[], at: number): Tensor {
  const bad = tensors.find(
    (x) =>
      x.shape.length !== first.shape.length ||
      x.shape.some((s, i) => i !== at && s !== first.shape[i]),
  );
  if (bad) {
    throw new ShapeError(
      `${op}: ${show(first.shape)} and ${show(bad.shape)} differ outside axis ${at}`,
    );
  }
  const total = tensors.reduce((size, x) => size + x.shape[at]!, 0);
  checkShape(op, first.shape.with(at, total));
  if (tensors.length > widest) {
    const rounds: Tensor[] = [];
    for (let i = 0; i < tensors.length; i += widest)
      rounds.push(join(op, tensors[i]!, tensors.slice(i, i + widest), at));
    return join(op, rounds[0]!, rounds, at);
  }
  let start = 0;
  const padded = tensors.map((x) => {
    const placed = cut(op, x, at, -start, total - start);
    start += x.shape[at]!;
    return placed;
  });
  return defineMap(op, (...parts) => parts.reduce((a, b) => E.add(a, b)))(...padded);
}

/** The tensors side by side along a new axis. */
export function stack(tensors: readonly Tensor[], axis: number): Tensor {
  const first = tensors[0];
  if (!first) throw new ShapeError("stack: no tensors were given; it takes at least one");
  const at = newAxisOf("stack", first.shape, axis);
  const bad = tensors.find((x) => !sameShape(x.shape, first.shape));
  if (bad) throw new ShapeError(`stack: ${show(first.shape)} and ${show(bad.shape)} differ`);
  const raised = tensors.map((x) => unsqueeze(x, at));
  return join("stack", raised[0]!, raised, at);
}
