import type { Tensor } from "@vidtok/tensor";
import type { CausalCache } from "./causalCache.ts";

/** A part of a network between two tensors, and how far it sees in height and width. */
export interface Stage {
  /** Maps `[n, c, t, h, w]`; with `cache`, x is a part of a video. */
  run(this: void, x: Tensor, cache?: CausalCache): Tensor;
  /**
   * How many pixels away a result depends on its input, counted where height and width are larger;
   * infinite where it depends on the whole frame.
   */
  readonly reach: number;
  /** Height and width of the result, relative to the input: 1/2, 1 or 2. */
  readonly scale: number;
}

/** A stage; by default each pixel depends on itself alone. */
export function stage(
  run: Stage["run"],
  { reach = 0, scale = 1 }: Partial<Pick<Stage, "reach" | "scale">> = {},
): Stage {
  return { run, reach, scale };
}

/** The stages as functions, for `chain`. */
export function runs(stages: readonly Stage[], cache?: CausalCache): ((x: Tensor) => Tensor)[] {
  return stages.map(
    ({ run }) =>
      (x) =>
        run(x, cache),
  );
}

/** How many pixels around a region of the input of some stages its results depend on. */
export function haloOf(stages: readonly Stage[]): number {
  return stages.reduceRight((halo, { reach, scale }) => {
    if (scale < 1) return halo / scale + reach;
    return Math.ceil((halo + reach) / scale);
  }, 0);
}

/** Height and width of the results of some stages, relative to their input. */
export function scaleOf(stages: readonly Stage[]): number {
  return stages.reduce((product, { scale }) => product * scale, 1);
}
