import { concat, noGrad, reshape } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";

/** Numbers still on the device, side by side so that one read fetches them all. */
export interface Scalars {
  readonly names: readonly string[];
  /** `[names.length]` */
  readonly values: Tensor;
}

/** Puts tensors of one element side by side. */
export function packScalars(scalars: ReadonlyMap<string, Tensor>): Scalars {
  const parts = [...scalars.values()];
  const values = noGrad(() =>
    concat(
      parts.map((part) => reshape(part, [1])),
      0,
    ),
  );
  return { names: [...scalars.keys()], values };
}

/** Fetches the numbers and frees them on the device. */
export async function readScalars({ names, values }: Scalars): Promise<Map<string, number>> {
  const numbers = await values.read();
  values.free();
  return new Map(names.map((name, i) => [name, numbers[i]!]));
}

/** Adds up numbers by name, for their means. */
export class ScalarMeans {
  readonly #sums = new Map<string, number>();
  #count = 0;

  /** Counts numbers that are the means of `count` things. */
  add(values: ReadonlyMap<string, number>, count = 1): void {
    for (const [name, value] of values) {
      this.#sums.set(name, (this.#sums.get(name) ?? 0) + count * value);
    }
    this.#count += count;
  }

  /** The means so far. */
  get means(): Map<string, number> {
    return new Map([...this.#sums].map(([name, sum]) => [name, sum / this.#count]));
  }
}
