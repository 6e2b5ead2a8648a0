import type { ConvAxis, ConvGeometry } from "../../backend.ts";
import { sizeOf } from "../../shape.ts";
import type { Axis } from "../../view.ts";
import { isBlank } from "./collapse.ts";
import { KernelWriter, shifted, type Place, type Program } from "./program.ts";

/** The kernel of `conv`, channels last: one element of the output a thread. */
export function convProgram<Handle>(
  x: Place<Handle>,
  w: Place<Handle>,
  bias: Place<Handle> | undefined,
  geometry: ConvGeometry,
): Program<Handle> {
  const sizes = [x.view.axes[0]!.size, ...geometry.map((axis) => axis.out), w.view.axes[0]!.size];
  const writer = new KernelWriter(sizeOf(sizes), bias ? [x, w, bias] : [x, w]);
  const [n, t, h, v, o] = writer.coordinates("this.thread.x", sizes);
  const start = bias && !isBlank(bias.view) ? writer.element(writer.address(bias, [o])) : undefined;
  // The taps check the bounds of the three middle axes themselves.
  const open = { ...x, view: { ...x.view, axes: x.view.axes.map(unbounded) } };
  let total: string | undefined;
  if (!isBlank(x.view) && !isBlank(w.view)) {
    const outputs = [t!, h!, v!];
    const channels = x.view.axes[4]!;
    const weights = w.view.axes[4]!;
    // One sum inside the other: each adds few terms, so float32 keeps its digits.
    const nest = (level: number, inputs: readonly string[], taps: readonly string[]): string => {
      if (level === 3) {
        const source = writer.address(open, [n, ...inputs, undefined]);
        const weight = writer.address(w, [o, ...taps, undefined]);
        const from = Math.max(channels.lo, weights.lo);
        const to = Math.max(from, Math.min(channels.hi, weights.hi));
        return writer.sum(to - from, (k) => {
          const c = shifted(k, from);
          return `${writer.element(source, channels, c)} * ${writer.element(weight, weights, c)}`;
        });
      }
      const axis = geometry[level]!;
      const bounds = x.view.axes[level + 1]!;
      const inner = (tap: string, index: string): string =>
        nest(level + 1, [...inputs, index], [...taps, tap]);
      if (axis.taps === 1 && isAlwaysInside(axis, bounds) && axis.inputDilation === 1) {
        return inner("0", position(writer, axis, outputs[level]!, "0"));
      }
      const sum = writer.accumulator();
      const add = (tap: string): void => {
        withInput(writer, axis, bounds, outputs[level]!, tap, (index) => {
          writer.line(`${sum} += ${inner(tap, index)};`);
        });
      };
      if (axis.taps === 1) add("0");
      else writer.loop(0, axis.taps, add);
      return sum;
    };
    total = nest(0, [], []);
  }
  return writer.finish([start, total].filter((term) => term !== undefined).join(" + ") || "0");
}

const unbounded = (axis: Axis, i: number): Axis =>
  i >= 1 && i <= 3 ? { ...axis, lo: 0, hi: axis.size } : axis;

const times = (text: string, factor: number): string[] =>
  text === "0" ? [] : [factor === 1 ? text : `${text} * ${factor}`];

/** Where `tap` of output `p` lies among the inputs and the zeros between them. */
function position<Handle>(
  writer: KernelWriter<Handle>,
  { stride, dilation, padding }: ConvAxis,
  p: string,
  tap: string,
): string {
  const shift = padding === 0 ? [] : [`(${-padding})`];
  return writer.whole([...times(p, stride), ...times(tap, dilation), ...shift].join(" + ") || "0");
}

function isAlwaysInside(axis: ConvAxis, { lo, hi }: Axis): boolean {
  const { stride, dilation, inputDilation, padding } = axis;
  const highest = (axis.out - 1) * stride + (axis.taps - 1) * dilation - padding;
  return -padding >= lo * inputDilation && highest <= (hi - 1) * inputDilation;
}

/** Prints `body` for the input that `tap` of output `p` meets, guarded where it may meet none. */
function withInput<Handle>(
  writer: KernelWriter<Handle>,
  axis: ConvAxis,
  bounds: Axis,
  p: string,
  tap: string,
  body: (index: string) => void,
): void {
  const { inputDilation } = axis;
  const at = position(writer, axis, p, tap);
  const first = bounds.lo * inputDilation;
  const last = (bounds.hi - 1) * inputDilation;
  const isInside = isAlwaysInside(axis, bounds)
    ? undefined
    : `${at} >= ${first} && ${at} <= ${last}`;
  writer.when(isInside, () => {
    if (inputDilation === 1) return body(at);
    const index = writer.whole(`quotient(${at}, ${inputDilation})`);
    writer.when(`${index} * ${inputDilation} === ${at}`, () => body(index));
  });
}
