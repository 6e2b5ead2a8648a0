import { shapeOf, sizeOf } from "@vidtok/tensor";
import type {
  Backend,
  ConvGeometry,
  Expr,
  LayerNormOptions,
  Precision,
  Shape,
  Source,
  Storage,
} from "@vidtok/tensor";

const storage = (shape: Shape, bytesEach = 4): Storage => {
  const size = sizeOf(shape);
  return { size, bytes: size * bytesEach };
};

const product = (shape: Shape, { result }: { readonly result: Precision }): Storage =>
  storage(shape, result === "bf16" ? 2 : 4);

const lengths = ({ view }: Source): Shape => shapeOf(view);

/** A backend that computes nothing: its storages only have sizes, so that `memory()` tells what a computation would take on `backend`, whose kernels it has. */
export function sizingBackend(backend: Backend): Backend {
  const { mapAll, convFused, convWeight, layerNorm, layerNormGradients } = backend;
  const convolved: Backend["conv"] = (x, w, _bias, geometry, format) =>
    product([lengths(x)[0]!, ...geometry.map(({ out }) => out), lengths(w)[0]!], format);
  return {
    name: "sizing",
    mode: "no numbers",
    precisions: ["f32", "bf16"],
    upload: (data) => storage([data.length]),
    read: async ({ size }) => new Float32Array(size),
    free: () => undefined,
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
