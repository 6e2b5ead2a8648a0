import type { Conv } from "@vidtok/nn";
import type { Tensor } from "@vidtok/tensor";
import type { Layer, LayerOptions } from "./layer.ts";

/**
 * A convolution that sees the `reach` frames before each of its own; its names are one deeper,
 * under `conv`, in the checkpoints of the causal families.
 */
export class CausalConv implements Layer {
  readonly conv: Conv;
  readonly #reach: number;
  readonly #leftContext: (x: Tensor, count: number) => Tensor | undefined;

  constructor(
    conv: Conv,
    reach: number,
    leftContext: (x: Tensor, count: number) => Tensor | undefined,
  ) {
    this.conv = conv;
    this.#reach = reach;
    this.#leftContext = leftContext;
  }

  forward(x: Tensor, { cache, ...surroundings }: LayerOptions = {}): Tensor {
    if (this.#reach === 0) return this.conv.forward(x, surroundings);
    // Repeated frames reach half as many of those that come in.
    const count = surroundings.upsample?.includes(2) ? this.#reach / 2 : this.#reach;
    const before = cache?.of(this) ?? this.#leftContext(x, count);
    const y = this.conv.forward(x, { ...surroundings, before });
    cache?.keep(this, x, count, before);
    return y;
  }
}
