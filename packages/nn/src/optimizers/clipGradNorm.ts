import { add, E, elementwise, noGrad, scope, sqrt, square, sum, type Tensor } from "@vidtok/tensor";

/** The joint L2 norm of gradients and the factor that limits it, both of shape []. */
export interface ClippedNorm {
  readonly norm: Tensor;
  /** min(1, maxNorm / (norm + 1e-6)): for `Adam.step`. */
  readonly scale: Tensor;
}

/** Limits the L2 norm of all gradients together, as PyTorch's `clip_grad_norm_` does; the gradients stay as they are. */
export function clipGradNorm(gradients: readonly Tensor[], maxNorm: number): ClippedNorm {
  if (!(maxNorm > 0)) throw new RangeError(`clipGradNorm: the limit ${maxNorm} must be positive`);
  if (gradients.length === 0)
    throw new TypeError("clipGradNorm: no gradients were given; it takes at least one");
  return noGrad(() =>
    scope(() => {
      const squares = gradients.map((g) => scope(() => sum(square(g))));
      const norm = sqrt(squares.reduce((total, each) => add(total, each)));
      const limit = elementwise((n) => E.min(1, E.div(maxNorm, E.add(n!, 1e-6))));
      return { norm, scale: limit(norm) };
    }),
  );
}
