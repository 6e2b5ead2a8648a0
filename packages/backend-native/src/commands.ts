import {
  shapeOf,
  show,
  type ConvGeometry,
  type Precision,
  type Shape,
  type View,
} from "@vidtok/tensor";

const maxRank = 16;

/** The numbers of one call, written where the addon reads them. */
export class Commands {
  readonly numbers = new Float64Array(1 << 16);
  #at = 0;

  begin(): this {
    this.#at = 0;
    return this;
  }

  write(...values: readonly number[]): this {
    for (const value of values) this.numbers[this.#at++] = value;
    return this;
  }

  writeAll(values: Float64Array): this {
    if (this.#at + values.length <= this.numbers.length) this.numbers.set(values, this.#at);
    this.#at += values.length;
    return this;
  }

  shape(op: string, shape: Shape): this {
    if (shape.length > maxRank) {
      throw new RangeError(
        `${op}: ${show(shape)} has rank ${shape.length}; native takes up to ${maxRank}`,
      );
    }
    return this.write(...shape);
  }

  view(handle: number, view: View): this {
    const { numbers } = this;
    let at = this.#at;
    numbers[at++] = handle;
    numbers[at++] = view.offset;
    numbers[at++] = view.axes.length;
    for (const axis of view.axes) {
      numbers[at++] = axis.size;
      numbers[at++] = axis.stride;
      numbers[at++] = axis.lo;
      numbers[at++] = axis.hi;
    }
    this.#at = at;
    return this;
  }

  /** A view, or that there is none. */
  optional(source: readonly [handle: number, view: View] | undefined): this {
    return source ? this.write(1).view(...source) : this.write(0);
  }

  formats(...formats: readonly Precision[]): this {
    return this.write(...formats.map((format) => (format === "bf16" ? 1 : 0)));
  }

  geometry(geometry: ConvGeometry): this {
    for (const { in: length, taps, out, stride, dilation, inputDilation, padding } of geometry) {
      this.write(length, taps, out, stride, dilation, inputDilation, padding);
    }
    return this;
  }

  /** Throws where the call took more numbers than there is room for. */
  end(op: string, inputs: readonly { readonly view: View }[]): void {
    if (this.#at <= this.numbers.length) return;
    const shapes = inputs.slice(0, 3).map(({ view }) => show(shapeOf(view)));
    throw new RangeError(
      `${op}: ${inputs.length} inputs (${shapes.join(", ")}, …) take ${this.#at} numbers to describe; native has room for ${this.numbers.length}; combine fewer at once`,
    );
  }
}
