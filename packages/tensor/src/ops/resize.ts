import { ShapeError, show } from "../shape.ts";
import { tensor, type Tensor } from "../tensor.ts";
import { matmul } from "./matmul.ts";
import { transpose } from "./movement.ts";

/**
 * The weights `[out, in]` of antialiased bilinear resampling with half-pixel centres: a triangle as wide as the larger of the two
 * spacings around each output's centre, normalised. As torchvision's `resize(antialias=True)`.
 */
export function resizeWeights(from: number, to: number): Float32Array {
  const weights = new Float32Array(to * from);
  const scale = from / to;
  const support = Math.max(scale, 1);
  for (let i = 0; i < to; i++) {
    const centre = scale * (i + 0.5);
    const first = Math.max(Math.trunc(centre - support + 0.5), 0);
    const last = Math.min(Math.trunc(centre + support + 0.5), from);
    const taps = Array.from({ length: last - first }, (_, j) =>
      Math.max(0, 1 - Math.abs((first + j - centre + 0.5) / support)),
    );
    const total = taps.reduce((a, b) => a + b, 0);
    taps.forEach((tap, j) => (weights[i * from + first + j] = tap / total));
  }
  return weights;
}

/** `[…, h, w]` resized to `[…, height, width]`, antialiased bilinear. */
export function resizeBilinear(x: Tensor, height: number, width: number): Tensor {
  const [h, w] = x.shape.slice(-2);
  if (!h || !w || !(height > 0) || !(width > 0)) {
    throw new ShapeError(`resizeBilinear: ${show(x.shape)} cannot become ${height} by ${width}`);
  }
  const { backend } = x;
  const rows = tensor(resizeWeights(h, height), [height, h], { backend });
  const columns = tensor(resizeWeights(w, width), [width, w], { backend });
  return matmul(matmul(rows, x), transpose(columns));
}
