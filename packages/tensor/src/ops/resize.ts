import { checkBatchOnlyEmpty, checkRoom, checkWhole } from "../checks.ts";
import { checkShape, ShapeError, show } from "../shape.ts";
import { tensor, type Tensor } from "../tensor.ts";
import { matmul } from "./matmul.ts";
import { transpose } from "./movement.ts";

// 1 GiB.
const mostWeights = 2 ** 28;

/**
 * The weights `[out, in]` of antialiased bilinear resampling with half-pixel centres: a triangle as wide as the larger of the two
 * spacings around each output's centre, normalised. As torchvision's `resize(antialias=True)`.
 */
export function resizeWeights(from: number, to: number): Float32Array {
  return weightsOf("resizeWeights", from, to);
}

function weightsOf(op: string, from: number, to: number): Float32Array {
  checkWhole(op, "the length before", from, 1);
  checkWhole(op, "the length after", to, 1);
  if (from * to > mostWeights) {
    throw new ShapeError(
      `${op}: from ${from} to ${to} takes ${from * to} weights, more than ${mostWeights}; resize in steps`,
    );
  }
  const weights = new Float32Array(to * from);
  const scale = from / to;
  const support = Math.max(scale, 1);
  for (let i = 0; i < to; i++) {
    const centre = scale * (i + 0.5);
    const first = Math.max(Math.trunc(centre - support + 0.5), 0);
    const last = Math.min(Math.trunc(centre + support + 0.5), from);
    const tap = (j: number): number => Math.max(0, 1 - Math.abs((j - centre + 0.5) / support));
    let total = 0;
    for (let j = first; j < last; j++) total += tap(j);
    for (let j = first; j < last; j++) weights[i * from + j] = tap(j) / total;
  }
  return weights;
}

/** `[…, h, w]` resized to `[…, height, width]`, antialiased bilinear. */
export function resizeBilinear(x: Tensor, height: number, width: number): Tensor {
  const [h, w] = x.shape.slice(-2);
  checkWhole("resizeBilinear", "the height", height);
  checkWhole("resizeBilinear", "the width", width);
  if (!h || !w || height === 0 || width === 0) {
    throw new ShapeError(`resizeBilinear: ${show(x.shape)} cannot become ${height} by ${width}`);
  }
  checkBatchOnlyEmpty("resizeBilinear", x.shape);
  const { backend } = x;
  const result = checkShape("resizeBilinear", [...x.shape.slice(0, -2), height, width]);
  checkRoom("resizeBilinear", backend, result);
  const rows = tensor(weightsOf("resizeBilinear", h, height), [height, h], { backend });
  const columns = tensor(weightsOf("resizeBilinear", w, width), [width, w], { backend });
  return matmul(matmul(rows, x), transpose(columns));
}
