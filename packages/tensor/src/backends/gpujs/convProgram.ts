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
      const sum = writer.accumulator();
      const at = (tap: string): void => {
        withInput(writer, axis, x.view.axes[level + 1]!, outputs[level]!, tap, (index) => {
          writer.line(`${sum} += ${nest(level + 1, [...inputs, index], [...taps, tap])};`);
        });
      };
      if (axis.taps === 1) at("0");
      else writer.loop(0, axis.taps, at);
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

/** Prints `body` for the input that `tap` of output `p` meets, guarded where it may meet none. */
function withInput<Handle>(
  writer: KernelWriter<Handle>,
  axis: ConvAxis,
  { lo, hi }: Axis,
  p: string,
  tap: string,
  body: (index: string) => void,
): void {
  const { stride, dilation, inputDilation, padding } = axis;
  const position = writer.whole(
    [
      ...times(p, stride),
      ...times(tap, dilation),
      ...(padding === 0 ? [] : [`(${-padding})`]),
    ].join(" + ") || "0",
  );
  const first = lo * inputDilation;
  const last = (hi - 1) * inputDilation;
  const highest = (axis.out - 1) * stride + (axis.taps - 1) * dilation - padding;
  const guard = (inner: () => void): void => {
    if (-padding >= first && highest <= last) inner();
    else writer.when(`${position} >= ${first} && ${position} <= ${last}`, inner);
  };
  guard(() => {
    if (inputDilation === 1) return body(position);
    const index = writer.whole(`quotient(${position}, ${inputDilation})`);
    writer.when(`${index} * ${inputDilation} === ${position}`, () => body(index));
  });
}
