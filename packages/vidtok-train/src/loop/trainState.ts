import type { RandomState } from "@vidtok/tensor";

/** Where training stands, next to the weights and the optimizers: with it the next step is the same in any process. */
export interface TrainState {
  /** Decides the first weights, the noise and the order of the data. */
  readonly seed: number;
  /** Steps trained so far, each of both optimizers. */
  readonly step: number;
  readonly epoch: number;
  /** Batches of this epoch trained so far. */
  readonly batch: number;
  /** Where the noise of latents stands. */
  readonly noise: RandomState;
}

/** Steps of both optimizers of the reference before a step: what its schedules count. */
export function globalStep({ step }: Pick<TrainState, "step">): number {
  return 2 * step;
}
