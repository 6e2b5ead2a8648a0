import type {
  Backend,
  ConvGeometry,
  LayerNormOptions,
  Precision,
  Source,
  Storage,
} from "../backend.ts";
import type { Expr } from "../expr.ts";
import { sizeOf, type Shape } from "../shape.ts";
import { shapeOf } from "../view.ts";

/**
 * A backend that computes nothing and counts the bytes that the tensors of a computation would take
 * on another one.
 */
export interface SizingBackend extends Backend {
  /** Bytes of its tensors now, and at most since `resetPeak`; `memory()` does not count them. */
  usage(): { readonly live: number; readonly peak: number };
  /** Starts a new measurement of the peak. */
  resetPeak(): void;
}

const lengths = ({ view }: Source): Shape => shapeOf(view);

/** A sizing backend for a computation on `backend`, whose kernels it has. */
export function sizingBackend(backend: Backend): SizingBackend {
  const { mapAll, convFused, convWeight, layerNorm, layerNormGradients } = backend;
  const sizes = new WeakMap<Storage, number>();
  let live = 0;
  let peak = 0;
  const storage = (shape: Shape, bytesEach = 4): Storage => {
    const made = { size: sizeOf(shape), bytes: 0 };
    sizes.set(made, made.size * bytesEach);
    live += made.size * bytesEach;
    peak = Math.max(peak, live);
    return made;
  };
  const product = (shape: Shape, { result }: { readonly result: Precision }): Storage =>
    storage(shape, result === "bf16" ? 2 : 4);
  const convolved: Backend["conv"] = (x, w, _bias, geometry, format) =>
    product([lengths(x)[0]!, ...geometry.map(({ out }) => out), lengths(w)[0]!], format);
  return {
    name: "sizing",
    mode: "no numbers",
    precisions: ["f32", "bf16"],
    upload: (data) => storage([data.length]),
    read: async ({ size }) => new Float32Array(size),
    free(freed) {
      live -= sizes.get(freed) ?? 0;
      sizes.delete(freed);
    },
    usage: () => ({ live, peak }),
    resetPeak: () => void (peak = live),
    map: (shape) => storage(shape),
    ...(mapAll && {
      mapAll: (shape: Shape, _inputs: readonly Source[], exprs: readonly Expr[]) =>
        exprs.map(() => storage(shape)),
    }),
    reduce: (shape, _inputs, _expr, _op, axes) => storage(shape.slice(0, shape.length - axes)),
    matmul(a, b, format) {
      const [batch, rows] = lengths(a) as [number, number];
      return product([batch, rows, lengths(b)[2]!], format);
    },
    conv: convolved,
    ...(convFused && { convFused: convolved }),
    ...(convWeight && {
      convWeight(x: Source, dy: Source, geometry: ConvGeometry) {
        return storage([lengths(dy)[4]!, ...geometry.map(({ taps }) => taps), lengths(x)[4]!]);
      },
    }),
    ...(layerNorm && {
      layerNorm(x: Source, _weight: Source, _bias: Source, options: LayerNormOptions) {
        return product(lengths(x), options);
      },
    }),
    ...(layerNormGradients && {
      layerNormGradients: (x: Source) => [storage(lengths(x)), storage([2, lengths(x).at(-1)!])],
    }),
  };
}
