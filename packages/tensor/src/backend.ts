import type { Expr } from "./expr.ts";
import type { Shape } from "./shape.ts";
import type { View } from "./view.ts";

/** A number format of what `conv` and `matmul` take and give. */
export type Precision = "f32" | "bf16";

/** How a product computes: its operands are rounded to one format, sums are f32, and its result is rounded to the other. */
export interface ProductFormat {
  readonly operands: Precision;
  readonly result: Precision;
}

/** How a convolution computes. */
export interface ConvFormat extends ProductFormat {
  /** Whether the weight hardly comes again, as in training, so that nothing made of it is worth keeping; default false. */
  readonly isPassing?: boolean;
}

/**
 * A block of device memory that a backend owns; only the backend that made it looks inside. It
 * lives until `free`, or until the object is collected: nothing but its tensors holds it, so its
 * backend has to free what JavaScript's collector does not.
 */
export interface Storage {
  /** Elements. */
  readonly size: number;
  /** Bytes held on the device. */
  readonly bytes: number;
}

/** What a kernel reads: a storage through a view. */
export interface Source {
  readonly storage: Storage;
  readonly view: View;
}

/** Elements that one spatial axis of a convolution combines; `in`, `taps` and `out` are its lengths. */
export interface ConvAxis {
  readonly in: number;
  readonly taps: number;
  readonly out: number;
  readonly stride: number;
  readonly dilation: number;
  /** Zeros put between neighbouring inputs, plus one: the gradient of a stride. */
  readonly inputDilation: number;
  /** Zeros in front; what is missing behind reads 0 too. */
  readonly padding: number;
}

/** The three spatial axes of a convolution, in order; unused ones have a single tap. */
export type ConvGeometry = readonly [ConvAxis, ConvAxis, ConvAxis];

/** What `convFused` does besides a convolution; channels last. */
export interface ConvExtras {
  /** How often every element is read along each spatial axis, what stands before included; the geometry's `in` counts it as often. */
  readonly repeat: readonly number[];
  /** Frames in front of x, `[n, t, h, w, c]`. */
  readonly before: Source | undefined;
  /** Added to the result, `[n, t, h, w, o]`; on axes of which the result has a multiple, elements are read as often as it takes. */
  readonly residual: Source | undefined;
  /** α `[1]`: the result is (1 − α) · (convolution + bias) + α · residual. */
  readonly mix: Source | undefined;
}

/** What an op may do to each of its results before it writes them. */
export type Activation = "none" | "silu";

/** What a layer norm adds to the variance, and what follows it. */
export interface NormSettings {
  readonly eps: number;
  readonly activation: Activation;
}

/** What the gradients of a layer norm are computed from; `dy` is that of its result. */
export type NormSlope = readonly [
  x: Source,
  weight: Source,
  bias: Source,
  dy: Source,
  settings: NormSettings,
];

/** How the kernel `layerNorm` computes. */
export interface LayerNormOptions extends NormSettings {
  readonly result: Precision;
}

/** How a backend runs and how much of it there is. */
export interface BackendOptions {
  /** Threads of the native backend; default: all cores. */
  readonly threads?: number;
  /** Execution mode of the gpu.js backend; default: the best that runs. */
  readonly mode?: "webgpu" | "webgl2" | "headlessgl" | "webasm" | "cpu";
}

/** Device memory in use, in bytes. */
export interface MemoryUse {
  readonly live: number;
  readonly peak: number;
}

/**
 * Four kernels and three memory calls: all that an engine needs. Calls are enqueued in order and return at once; only `read` waits. Kernels
 * read any view and return new storage, dense and row-major in the shape they name; nothing is written in place.
 */
export interface Backend {
  readonly name: string;
  /** What really runs: the instruction set or the gpu.js mode, e.g. `"avx2, 2 threads"`. */
  readonly mode: string;
  /** Formats that products take; `map` and `reduce` compute in f32 and read what a product wrote in either. */
  readonly precisions: readonly Precision[];
  /** Elements that a storage has at most; default: as many as a process can address. */
  readonly mostElements?: number;

  upload(data: Float32Array | Float64Array): Storage;
  read(storage: Storage): Promise<Float32Array | Float64Array>;
  free(storage: Storage): void;
  /**
   * Gives freed memory that is kept for reuse back to the system. Optional: for backends that keep
   * some.
   */
  trim?(): void;

  /** `out[i] = expr(inputs[0][i], inputs[1][i], …)`; every input's view has the shape `shape`. */
  map(shape: Shape, inputs: readonly Source[], expr: Expr): Storage;
  /** Several maps of the same inputs in one pass. Optional: without it each is a `map` of its own. */
  mapAll?(shape: Shape, inputs: readonly Source[], exprs: readonly Expr[]): readonly Storage[];
  /** `out[i] = Σ or max over the last `axes` axes of expr(inputs…)[i, …]`; every input's view has the shape `shape`. */
  reduce(
    shape: Shape,
    inputs: readonly Source[],
    expr: Expr,
    op: "sum" | "max",
    axes: number,
  ): Storage;
  /** `out[b, i, j] = Σk a[b, i, k] · b[b, k, j]`; views of rank 3 with equal batch sizes. */
  matmul(a: Source, b: Source, format: ProductFormat): Storage;
  /**
   * `out[n, p…, o] = bias[o] + Σ over c, k… of x[n, (p·stride + k·dilation − padding) / inputDilation …, c] · w[o, k…, c]`, where terms
   * whose index is not whole or not in `[0, in)` are 0. Channels last: `x` is `[n, t, h, w, c]`, `w` `[o, kt, kh, kw, c]`, `bias` `[o]`, which is
   * added in f32.
   */
  conv(
    x: Source,
    w: Source,
    bias: Source | undefined,
    geometry: ConvGeometry,
    format: ConvFormat,
  ): Storage;
  /** `conv` with what stands around it in the model, in one pass. Optional: without it the same is made of other kernels. */
  convFused?(
    x: Source,
    w: Source,
    bias: Source | undefined,
    geometry: ConvGeometry,
    format: ConvFormat,
    extras: ConvExtras,
  ): Storage;
  /**
   * The gradient of `conv` with respect to its weight, `[o, kt, kh, kw, c]`, from `x` and the gradient `dy` `[n, t, h, w, o]` of its output;
   * inputDilation is 1, the result f32. Optional: without it the gradient is one more `conv`, which is right but slow.
   */
  convWeight?(x: Source, dy: Source, geometry: ConvGeometry, operands: Precision): Storage;
  /**
   * `activation((x − mean) / √(variance + eps) · weight + bias)`, mean and variance over the last axis of `x` `[…, c]`, `weight` and `bias` `[c]`; the result is
   * rounded to a format. Optional: without it the same is two reduces and a map.
   */
  layerNorm?(x: Source, weight: Source, bias: Source, options: LayerNormOptions): Storage;
  /**
   * The gradients of `layerNorm` for x, of its shape, and for the weight and the bias, `[2, c]`, in f32 and from the gradient `dy` of its result. Optional: without
   * it the same is made of maps and reduces.
   */
  layerNormGradients?(...given: NormSlope): readonly [x: Storage, affine: Storage];
}

/** A backend or precision that cannot run here, with the reason and the fix. */
export class UnavailableError extends Error {
  override readonly name = "UnavailableError";
}
