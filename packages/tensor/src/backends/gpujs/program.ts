import { sizeOf } from "../../shape.ts";
import type { Axis, View } from "../../view.ts";
import type { Memory } from "./device.ts";

/** What a kernel reads on a device. */
export interface Place<Handle> {
  readonly storage: Memory<Handle>;
  readonly view: View;
}

/** A printed kernel with the storages and the whole numbers that one run of it takes, in the order of its parameters. */
export interface Program<Handle> {
  readonly source: string;
  readonly inputs: readonly Memory<Handle>[];
  readonly offsets: readonly number[];
  /** Elements of the result; `this.thread.x` counts them. */
  readonly size: number;
}

/** A read of a view of which some coordinates are still to come. */
export interface Address {
  readonly input: string;
  readonly index: string;
  /** A whole number: 1 inside the view's bounds, 0 outside; undefined where nothing is outside. */
  readonly inside: string | undefined;
}

// Floats hold every whole number up to here.
const exact = 2 ** 24;

// Up to here the float quotient of a whole number and a half is on the right side of every whole number, even with the error that shaders may make.
const divisible = 2 ** 20;

/** Prints one kernel: collects its lines, its inputs, and names for what they define. */
export class KernelWriter<Handle> {
  readonly #size: number;
  readonly #isExact: boolean;
  readonly #lines: string[] = [];
  readonly #inputs: Memory<Handle>[] = [];
  readonly #offsets: number[] = [];
  #names = 0;

  /** A writer for a result of `size` elements that reads `places`. */
  constructor(size: number, places: readonly Place<Handle>[]) {
    this.#size = size;
    this.#isExact = size < exact && places.every(({ view }) => reach(view) < exact);
  }

  line(text: string): void {
    this.#lines.push(text);
  }

  name(prefix: string): string {
    return `${prefix}${this.#names++}`;
  }

  /** A temporary number. */
  define(text: string): string {
    const name = this.name("t");
    this.line(`const ${name} = ${text};`);
    return name;
  }

  /** A temporary whole number: a local where floats hold it exactly, for gpu.js makes it one; else the expression itself. */
  whole(text: string): string {
    if (/^\w+$/.test(text)) return text;
    return this.#isExact ? this.define(text) : `(${text})`;
  }

  /** The coordinates of element number `index` of a row-major array. */
  coordinates(index: string, sizes: readonly number[]): string[] {
    const length = sizeOf(sizes);
    let rest = index;
    return sizes.map((size, axis) => {
      if (size === 1) return "0";
      const stride = sizeOf(sizes.slice(axis + 1));
      if (stride === 1) return rest;
      const whole = rest;
      if (length < divisible) {
        const coordinate = this.define(`lower((${whole} + 0.5) / ${stride})`);
        rest = this.define(`${whole} - ${coordinate} * ${stride}`);
        return coordinate;
      }
      rest = this.whole(`remainder(${whole}, ${stride})`);
      return this.whole(`quotient(${whole}, ${stride})`);
    });
  }

  /** Where a view's element lies; coordinates that are undefined are added by `element`. */
  address({ storage, view }: Place<Handle>, coordinates: readonly (string | undefined)[]): Address {
    let input = this.#inputs.indexOf(storage);
    if (input < 0) input = this.#inputs.push(storage) - 1;
    let index = `o${this.#offsets.push(view.offset) - 1}`;
    const bounds: string[] = [];
    for (const [i, axis] of view.axes.entries()) {
      const coordinate = coordinates[i];
      if (coordinate === undefined) continue;
      index += step(axis, coordinate);
      if (axis.lo > 0 || axis.hi < axis.size) {
        bounds.push(`within(${coordinate}, ${axis.lo}, ${axis.hi})`);
      }
    }
    return {
      input: `x${input}`,
      index: this.whole(index),
      inside: bounds.length > 0 ? this.whole(bounds.join(" * ")) : undefined,
    };
  }

  /** The text that reads an address, `coordinate` steps further along `axis`. */
  element({ input, index, inside }: Address, axis?: Axis, coordinate?: string): string {
    const at = axis && coordinate ? `${index}${step(axis, coordinate)}` : index;
    // Some modes read even where they then take the 0, so what is outside must name an element that exists.
    return inside ? `(${inside} > 0 ? ${input}[${inside} * (${at})] : 0)` : `${input}[${at}]`;
  }

  /** The sum of `term(k)` for `k` in `[0, length)`, in nested blocks so that float32 keeps its digits; where `condition(k)` fails the term is 0. */
  sum(
    length: number,
    term: (k: string) => string,
    condition?: (k: string) => string | undefined,
  ): string {
    if (length === 1 && !condition) return term("0");
    const total = this.accumulator();
    if (length <= 2 * block) {
      this.loop(0, length, (k) => {
        this.when(condition?.(k), () => this.line(`${total} += ${term(k)};`));
      });
      return total;
    }
    const inner = innerLength(length);
    this.loop(0, Math.ceil(length / inner), (outer) => {
      const position = (k: string): string => `(${outer} * ${inner} + ${k})`;
      const inside = (k: string): string | undefined => {
        const bound = length % inner === 0 ? undefined : `${position(k)} < ${length}`;
        return [bound, condition?.(position(k))].filter((text) => text).join(" && ") || undefined;
      };
      const part = this.sum(inner, (k) => term(position(k)), inside);
      this.line(`${total} += ${part};`);
    });
    return total;
  }

  /** A new sum, 0. */
  accumulator(): string {
    const name = this.name("s");
    this.line(`let ${name} = 0;`);
    return name;
  }

  /** A loop over `[from, to)`; the bounds are literals because gpu.js cuts every other loop short. */
  loop(from: number, to: number, body: (k: string) => void): void {
    const k = this.name("k");
    this.line(`for (let ${k} = ${from}; ${k} < ${to}; ${k}++) {`);
    body(k);
    this.line("}");
  }

  /** Prints `body` so that it runs where the condition holds; always if there is none. */
  when(condition: string | undefined, body: () => void): void {
    if (condition === undefined) return body();
    this.line(`if (${condition}) {`);
    body();
    this.line("}");
  }

  /** The finished kernel, which returns `result`. */
  finish(result: string): Program<Handle> {
    const parameters = [
      ...this.#inputs.map((_, i) => `x${i}`),
      ...this.#offsets.map((_, i) => `o${i}`),
    ];
    const body = [...this.#lines, `return ${result};`].join("\n");
    return {
      source: `function (${parameters.join(", ")}) {\n${body}\n}`,
      inputs: this.#inputs,
      offsets: this.#offsets,
      size: this.#size,
    };
  }
}

// Terms that one accumulator adds up.
const block = 32;

/** The number of terms of every inner sum of a sum of `length`: a divisor if there is one near the size of a block, or a power of it. */
function innerLength(length: number): number {
  if (length > block ** 2) return block ** (Math.ceil(Math.log(length) / Math.log(block)) - 1);
  for (let inner = 2 * block; inner >= block / 4; inner--) if (length % inner === 0) return inner;
  return block;
}

/** The largest whole number that can occur while an element of the view is found. */
function reach({ axes, offset }: View): number {
  return axes.reduce(
    (sum, { size, stride }) => sum + size * Math.max(1, Math.abs(stride)),
    Math.abs(offset),
  );
}

function step({ stride }: Axis, coordinate: string): string {
  if (stride === 0 || coordinate === "0") return "";
  const sign = stride < 0 ? "-" : "+";
  const factor = Math.abs(stride) === 1 ? "" : ` * ${Math.abs(stride)}`;
  return ` ${sign} ${coordinate}${factor}`;
}

/** The text of a whole number plus a constant. */
export function shifted(text: string, by: number): string {
  if (text === "0") return String(by);
  return by === 0 ? text : `(${text} + ${by})`;
}
