// Drawn calls of a session as the numbers it reads: most are right, in others some numbers are
// anything.
import { Random } from "@vidtok/tensor";
import type { Session } from "../src/addon.ts";

/** The kernels of a session. */
export type Kernel =
  | "map"
  | "mapAll"
  | "reduce"
  | "matmul"
  | "conv"
  | "convWeight"
  | "layerNorm"
  | "layerNormGradients";

/** A kernel and the numbers of its call. */
export interface DrawnCall {
  readonly kernel: Kernel;
  readonly numbers: readonly number[];
}

/** Elements of each storage that calls read. */
export const storageSize = 2 ** 16;

const absurd = [
  NaN,
  Infinity,
  -Infinity,
  0.5,
  -1,
  2 ** 46,
  2 ** 53,
  2 ** 62,
  2 ** 63,
  2 ** 64,
  1e300,
];
// A size in between would be a call that is right, and takes all memory.
const narrowed = [2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 32 + 1, -(2 ** 31), -(2 ** 63), 17, 99];

/** Numbers of one call, of which sizes are known. */
class Draw {
  readonly #random: Random;
  readonly #handles: readonly number[];
  readonly numbers: number[] = [];
  readonly #sizes = new Set<number>();

  constructor(seed: number, handles: readonly number[]) {
    this.#random = new Random(seed);
    this.#handles = handles;
  }

  below(count: number): number {
    return Math.floor(this.#random.next() * count);
  }

  chance(share: number): boolean {
    return this.#random.next() < share;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }

  write(...values: readonly number[]): void {
    this.numbers.push(...values);
  }

  writeSizes(...values: readonly number[]): void {
    for (const value of values) this.#sizes.add(this.numbers.push(value) - 1);
  }

  /**
   * A view of these sizes that stays inside a storage, in any order of axes, back to front, padded
   * or repeated.
   */
  view(sizes: readonly number[]): void {
    const order = sizes.map((_, i) => i);
    if (this.chance(0.3)) order.reverse();
    const strides = sizes.map(() => 0);
    let next = 1;
    for (const axis of order.toReversed()) {
      if (this.chance(0.05)) continue;
      strides[axis] = next;
      next *= Math.max(1, sizes[axis]!);
    }
    let offset = this.below(Math.max(1, storageSize - next));
    const axes = sizes.map((size, axis) => {
      const isBack = this.chance(0.1);
      if (isBack) offset += Math.max(0, size - 1) * strides[axis]!;
      const lo = this.chance(0.1) ? this.below(size + 1) : 0;
      const hi = this.chance(0.1) ? lo + this.below(size - lo + 1) : size;
      return [isBack ? -strides[axis]! : strides[axis]!, lo, hi] as const;
    });
    this.write(this.pick(this.#handles), offset, sizes.length);
    axes.forEach(([stride, lo, hi], axis) => {
      this.writeSizes(sizes[axis]!);
      this.write(stride);
      this.writeSizes(lo, hi);
    });
  }

  optional(share: number, sizes: readonly number[]): void {
    const isGiven = this.chance(share);
    this.write(isGiven ? 1 : 0);
    if (isGiven) this.view(sizes);
  }

  format(): void {
    this.write(this.below(2));
  }

  /** A formula of as many inputs as there are views, and the register of each of its values. */
  program(inputs: number): number {
    const constants = inputs === 0 ? 1 : this.below(3);
    const length = this.below(4);
    const first = inputs + constants;
    this.write(constants, ...Array.from({ length: constants }, () => this.#random.next()));
    this.write(first + length, length > 0 ? first + length - 1 : this.below(first), length);
    for (let i = 0; i < length; i++) {
      const operand = (): number => this.below(first + i);
      this.write(this.below(16), first + i, operand(), operand(), operand());
    }
    return first + length;
  }

  formula(shape: readonly number[], inputs: number): number {
    this.write(shape.length, inputs);
    this.writeSizes(...shape);
    for (let i = 0; i < inputs; i++) this.view(shape);
    return this.program(inputs);
  }

  shape(): number[] {
    return Array.from({ length: this.below(6) }, () => this.below(8) + (this.chance(0.9) ? 1 : 0));
  }

  /** Puts anything in the place of some numbers. */
  spoil(): void {
    for (let i = 0; i <= this.below(3); i++) {
      const at = this.below(this.numbers.length);
      const isSize = this.#sizes.has(at);
      this.numbers[at] = this.chance(0.3)
        ? this.below(10)
        : this.pick(isSize ? absurd : [...absurd, ...narrowed]);
    }
    if (this.chance(0.05)) this.numbers.length = this.below(this.numbers.length);
  }
}

interface Axis {
  readonly in: number;
  readonly taps: number;
  readonly out: number;
  readonly rest: readonly [
    stride: number,
    dilation: number,
    inputDilation: number,
    padding: number,
  ];
}

function drawAxis(draw: Draw, length: number, isGradient: boolean): Axis {
  const taps = 1 + draw.below(4);
  const [stride, dilation] = [1, 1].map((one) => (draw.chance(0.7) ? one : 1 + draw.below(3)));
  const inputDilation = !isGradient && draw.chance(0.1) ? 2 : 1;
  const padding = draw.chance(0.5) ? (taps - 1) >> 1 : draw.below(6) - 2;
  const reach = (length - 1) * inputDilation + 1 + 2 * padding - (taps - 1) * dilation!;
  const out = draw.chance(0.8) ? Math.max(0, Math.floor(reach / stride!)) : draw.below(10);
  return { in: length, taps, out, rest: [stride!, dilation!, inputDilation, padding] };
}

function writeAxes(draw: Draw, axes: readonly Axis[], times: readonly number[]): void {
  axes.forEach((axis, i) => {
    draw.writeSizes(axis.in * times[i]!, axis.taps, axis.out, ...axis.rest);
  });
}

const channelsOf = (draw: Draw): number => (draw.chance(0.15) ? 64 : 1 + draw.below(20));

function drawConv(draw: Draw, isGradient: boolean): void {
  const [channels, outputs] = [channelsOf(draw), channelsOf(draw)];
  // Large enough for the kernels that take squares of pixels, where there is room.
  const side = channels === 64 ? 6 : 12;
  const images = draw.chance(0.9) ? 1 : draw.below(3);
  const axes = [3, side, side].map((most) => drawAxis(draw, 1 + draw.below(most), isGradient));
  const taps = axes.map((axis) => axis.taps);
  const out = axes.map((axis) => axis.out);
  draw.format();
  if (!isGradient) {
    draw.format();
    draw.write(draw.below(2));
  }
  draw.view([images, ...axes.map((axis) => axis.in), channels]);
  if (isGradient) {
    draw.view([images, ...out, outputs]);
    return writeAxes(draw, axes, [1, 1, 1]);
  }
  draw.view([outputs, ...taps, channels]);
  draw.optional(0.5, [outputs]);
  const isRepeated = draw.chance(0.2);
  const times = axes.map(() => (isRepeated ? 1 + draw.below(2) : 1));
  writeAxes(draw, axes, times);
  draw.writeSizes(...times);
  draw.write(0);
  draw.optional(0.2, [images, ...out, outputs]);
  draw.optional(0.1, [1]);
}

function drawNorm(draw: Draw, isGradient: boolean): void {
  const channels = 1 + draw.below(70);
  const shape = [...draw.shape().slice(0, 3), channels];
  if (!isGradient) draw.format();
  draw.write(1e-5, draw.below(2));
  draw.view(shape);
  draw.view([channels]);
  draw.view([channels]);
  if (isGradient) draw.view(shape);
}

const kernels: Readonly<Record<Kernel, (draw: Draw) => void>> = {
  map(draw) {
    draw.format();
    draw.formula(draw.shape(), draw.below(4));
  },
  mapAll(draw) {
    const registers = draw.formula(draw.shape(), draw.below(4));
    const count = draw.below(4);
    draw.write(count, ...Array.from({ length: count }, () => draw.below(registers)));
  },
  reduce(draw) {
    const shape = draw.shape();
    draw.write(draw.below(2), draw.below(shape.length + 1));
    draw.formula(shape, draw.below(4));
  },
  matmul(draw) {
    const [batch, m, k, n] = [3, 40, 40, 40].map((most) => draw.below(most)) as [
      number,
      number,
      number,
      number,
    ];
    draw.view([batch, m, k]);
    draw.view([batch, k, n]);
    draw.format();
    draw.format();
  },
  conv: (draw) => drawConv(draw, false),
  convWeight: (draw) => drawConv(draw, true),
  layerNorm: (draw) => drawNorm(draw, false),
  layerNormGradients: (draw) => drawNorm(draw, true),
};

/** The call of a seed, over storages of `storageSize` elements. */
export function drawnCall(seed: number, handles: readonly number[]): DrawnCall {
  const draw = new Draw(seed, handles);
  const kernel = draw.pick(Object.keys(kernels) as Kernel[]);
  kernels[kernel](draw);
  if (draw.chance(0.6)) draw.spoil();
  return { kernel, numbers: draw.numbers };
}

const anything = [undefined, null, "6", {}, [], 6n, true, NaN, -1, 0.5, 2 ** 53, 1e300];

/** A method of a session with drawn arguments, which are seldom right. */
export function callAnyMethod(session: Session, seed: number, handle: number): void {
  const random = new Random(seed);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random.next() * values.length)]!;
  const untyped = session as unknown as Record<string, (...values: readonly unknown[]) => unknown>;
  const argument = (): unknown =>
    pick([...anything, handle, new Float32Array(3), new Float64Array(3), "f32"]);
  const method = pick(["upload", "read", "copy", "multiplyAdds", "memory", "trim", "sweep"]);
  const result = untyped[method]!(argument(), argument());
  if (method === "upload" || method === "copy") session.free(result as number);
}
