import { abs, add, div, exp, mean, mul, ShapeError, show, sizeOf, sub, sum } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";

/** How far a reconstruction is from its clip; shapes []. */
export interface ReconstructionTerms {
  /** The negative log likelihood under a Laplace density of learned scale: summed over the pixels of a frame, averaged over frames. */
  readonly nll: Tensor;
  /** The mean over all elements of the absolute error and the weighted perceptual distance. */
  readonly rec: Tensor;
}

/**
 * Compares clips `[n, c, t, h, w]` with their reconstructions. As in the reference, the perceptual distance of a frame, `[n · t, 1, 1, 1]`, is added to
 * each of its elements.
 */
export function reconstructionTerms(
  x: Tensor,
  recon: Tensor,
  logvar: Tensor,
  perceptual?: { readonly distance: Tensor; readonly weight: number },
): ReconstructionTerms {
  checkSize(x, recon);
  const elements = sizeOf(x.shape);
  const frames = x.shape[0]! * x.shape[2]!;
  const absolute = div(sum(abs(sub(x, recon))), elements);
  const rec = perceptual
    ? add(absolute, mul(mean(perceptual.distance), perceptual.weight))
    : absolute;
  // Σ (rec / e^logvar + logvar) over elements, the scale being the same for all of them.
  const perFrame = elements / frames;
  const nll = mul(add(div(rec, exp(logvar)), logvar), perFrame);
  return { nll, rec };
}

function checkSize(x: Tensor, recon: Tensor): void {
  if (x.shape.join() === recon.shape.join()) return;
  throw new ShapeError(
    `loss: the reconstruction is ${show(recon.shape)} but the clip ${show(x.shape)}; ` +
      "choose a clip length that the model gives back whole",
  );
}
