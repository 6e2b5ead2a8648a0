import { E } from "../expr.ts";
import { axisOf, ShapeError, show } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { elementwise } from "./elementwise.ts";
import { unsqueeze, window } from "./movement.ts";

// More inputs than this meet in rounds: a fragment shader reads few textures.
const widest = 8;

/** The tensors one after the other along an axis: the sum of zero-padded views, in one kernel. */
export function concat(tensors: readonly Tensor[], axis: number): Tensor {
  const first = tensors[0];
  if (!first) throw new ShapeError("concat: no tensors were given; it takes at least one");
  const at = axisOf("concat", first.shape, axis);
  const bad = tensors.find(
    (x) =>
      x.shape.length !== first.shape.length ||
      x.shape.some((s, i) => i !== at && s !== first.shape[i]),
  );
  if (bad) {
    throw new ShapeError(
      `concat: ${show(first.shape)} and ${show(bad.shape)} differ outside axis ${axis}`,
    );
  }
  if (tensors.length > widest) {
    const rounds: Tensor[] = [];
    for (let i = 0; i < tensors.length; i += widest)
      rounds.push(concat(tensors.slice(i, i + widest), at));
    return concat(rounds, at);
  }
  const total = tensors.reduce((size, x) => size + x.shape[at]!, 0);
  let start = 0;
  const padded = tensors.map((x) => {
    const placed = window(x, at, -start, total - start);
    start += x.shape[at]!;
    return placed;
  });
  return elementwise((...parts) => parts.reduce((a, b) => E.add(a, b)))(...padded);
}

/** The tensors side by side along a new axis. */
export function stack(tensors: readonly Tensor[], axis: number): Tensor {
  return concat(
    tensors.map((x) => unsqueeze(x, axis)),
    axis,
  );
}
