import {
  checkFinite,
  checkWhole,
  forwardScope,
  groupNorm,
  permute,
  reshape,
  ShapeError,
  type Activation,
  type Tensor,
} from "@vidtok/tensor";
import { ones, zeros } from "../initialisers.ts";
import { Parameter } from "../parameter.ts";
import type { NormOptions } from "./layerNorm.ts";

/** Options of `GroupNorm`. */
export interface GroupNormOptions extends NormOptions {
  /**
   * Axes of the input that are pooled besides the channels of a group, e.g. `[3, 4]` for each frame of `[n, c, t, h, w]` alone, `[]` for
   * each position alone. Default: all behind the channels.
   */
  readonly over?: readonly number[];
}

/** Normalises `[n, c, …]` over groups of channels; an activation may follow in the same pass. */
export class GroupNorm {
  readonly weight: Parameter;
  readonly bias: Parameter;
  readonly #groups: number;
  readonly #eps: number;
  readonly #over: readonly number[] | undefined;

  constructor(groups: number, channels: number, { eps = 1e-5, over }: GroupNormOptions = {}) {
    checkWhole("groupNorm", "the number of groups", groups, 1);
    checkWhole("groupNorm", "the number of channels", channels, 1);
    checkFinite("groupNorm", "eps", eps, 0);
    over?.forEach((axis) => checkWhole("groupNorm", "an axis", axis, 2));
    if (channels % groups !== 0) {
      throw new ShapeError(`groupNorm: ${channels} channels do not divide into ${groups} groups`);
    }
    this.weight = new Parameter([channels], ones);
    this.bias = new Parameter([channels], zeros);
    this.#groups = groups;
    this.#eps = eps;
    this.#over = over;
  }

  forward(x: Tensor, activation: Activation = "none"): Tensor {
    const { weight, bias } = this;
    const options = { eps: this.#eps, activation };
    return forwardScope(() => {
      const over = this.#over ?? x.shape.map((_, axis) => axis).slice(2);
      // Axes that are not pooled join the batch: [n, c, t, h, w] → [n·t, c, h, w] and back.
      const batch = x.shape
        .map((_, axis) => axis)
        .filter((axis) => axis !== 1 && !over.includes(axis));
      const order = [...batch, 1, ...over];
      const sizes = order.map((axis) => x.shape[axis]!);
      const joined = reshape(permute(x, order), [-1, ...sizes.slice(batch.length)]);
      const y = groupNorm(joined, this.#groups, weight.value, bias.value, options);
      return permute(
        reshape(y, sizes),
        x.shape.map((_, axis) => order.indexOf(axis)),
      );
    });
  }
}
