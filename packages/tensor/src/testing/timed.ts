import type {
  Backend,
  ConvExtras,
  ConvGeometry,
  LayerNormOptions,
  Source,
  Storage,
} from "../backend.ts";
import { printExpr, type Expr } from "../expr.ts";
import type { View } from "../view.ts";

/** What all launches of one kernel on one shape took. */
export interface KernelTime {
  readonly calls: number;
  readonly seconds: number;
  /** Floating-point operations of products; bytes of the storages read and written of other kernels. */
  readonly amount: number;
}

/** What a launch is called, and how much it does. */
type Launch = readonly [name: string, amount: (...results: readonly Storage[]) => number];

const sizes = (view: View): number[] => view.axes.map((axis) => axis.size);
const show = (shape: readonly number[]): string => shape.join("x");
const product = (values: readonly number[]): number => values.reduce((a, b) => a * b, 1);
const bytes =
  (sources: readonly Source[]) =>
  (...results: readonly Storage[]): number =>
    [...sources.map(({ storage }) => storage), ...results].reduce(
      (sum, { bytes }) => sum + bytes,
      0,
    );

const describe: { readonly [kernel: string]: ((...call: never[]) => Launch) | undefined } = {
  map: (shape: number[], inputs: Source[], expr: Expr) => [
    `map ${show(shape)} ${printExpr(expr)}`,
    bytes(inputs),
  ],
  mapAll: (shape: number[], inputs: Source[], exprs: Expr[]) => [
    `map ${show(shape)} ${exprs.map(printExpr).join("; ")}`,
    bytes(inputs),
  ],
  reduce: (shape: number[], inputs: Source[], expr: Expr, op: string, axes: number) => [
    `reduce ${show(shape)} to the ${op} over ${axes} of ${printExpr(expr)}`,
    bytes(inputs),
  ],
  matmul: (a: Source, b: Source) => [
    `matmul ${show(sizes(a.view))} by ${show(sizes(b.view))}`,
    () => 2 * product(sizes(a.view)) * sizes(b.view)[2]!,
  ],
  layerNorm: (x: Source, _: unknown, __: unknown, { activation }: LayerNormOptions) => [
    `layerNorm ${show(sizes(x.view))}${activation === "none" ? "" : ` then ${activation}`}`,
    bytes([x]),
  ],
  layerNormGradients: (x: Source, _: unknown, __: unknown, dy: Source) => [
    `layerNormGradients ${show(sizes(x.view))}`,
    bytes([x, dy]),
  ],
  conv: (x: Source, w: Source, _: unknown, geometry: ConvGeometry) => {
    const [outputs, ...taps] = sizes(w.view) as [number, ...number[]];
    return describeConv("conv", sizes(x.view)[0]!, taps.at(-1)!, outputs, geometry);
  },
  convFused: (
    x: Source,
    w: Source,
    _: unknown,
    geometry: ConvGeometry,
    __: unknown,
    { repeat, ...around }: ConvExtras,
  ) => {
    const [outputs, ...taps] = sizes(w.view) as [number, ...number[]];
    const [name, amount] = describeConv(
      "convFused",
      sizes(x.view)[0]!,
      taps.at(-1)!,
      outputs,
      geometry,
    );
    const names = Object.entries(around).flatMap(([key, source]) => (source ? [key] : []));
    const times = product(repeat) > 1 ? `, reading ${show(repeat)} times` : "";
    return [`${name}${times}${names.length > 0 ? `, ${names.join(", ")}` : ""}`, amount];
  },
  convWeight: (x: Source, dy: Source, geometry: ConvGeometry) => {
    const [images] = sizes(x.view) as [number];
    const channels = sizes(x.view).at(-1)!;
    return describeConv("convWeight", images, channels, sizes(dy.view).at(-1)!, geometry);
  },
};

function describeConv(
  kernel: string,
  images: number,
  channels: number,
  outputs: number,
  geometry: ConvGeometry,
): Launch {
  const taps = geometry.map((axis) => axis.taps);
  const out = geometry.map((axis) => axis.out);
  // Of the taps of an output only those are multiplied that do not fall between inputs.
  const between = product(geometry.map((axis) => axis.inputDilation));
  const amount = (2 * images * channels * outputs * product(taps) * product(out)) / between;
  const steps = geometry.map((axis) => axis.stride / axis.inputDilation);
  const by = product(steps) === 1 ? "" : ` by ${show(steps)}`;
  return [`${kernel} ${show(taps)}${by}, ${channels} to ${outputs}, ${show(out)}`, () => amount];
}

/** A backend that also adds up what every kernel took, for one whose kernels run to the end before they return. */
export function timed(backend: Backend): {
  readonly backend: Backend;
  readonly times: Map<string, KernelTime>;
} {
  const times = new Map<string, KernelTime>();
  const add = ([name, amount]: Launch, seconds: number, results: readonly Storage[]): void => {
    const before = times.get(name) ?? { calls: 0, seconds: 0, amount: 0 };
    times.set(name, {
      calls: before.calls + 1,
      seconds: before.seconds + seconds,
      amount: before.amount + amount(...results),
    });
  };
  const timing = new Proxy(backend, {
    get(target, key: keyof Backend) {
      const member: unknown = target[key];
      const describing = describe[key];
      if (typeof member !== "function" || !describing) return member;
      return (...call: never[]): Storage | readonly Storage[] => {
        const begin = performance.now();
        const launch = member as (...call: never[]) => Storage | readonly Storage[];
        const result = launch.apply(target, call);
        add(describing(...call), (performance.now() - begin) / 1e3, [result].flat());
        return result;
      };
    },
  });
  return { backend: timing, times };
}
