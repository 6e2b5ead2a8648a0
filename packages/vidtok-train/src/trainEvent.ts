/** What a training run tells while it goes on. */
export type TrainEvent =
  | {
      readonly kind: "start";
      /** The run's folder. */
      readonly dir: string;
      /** Batches trained before, if it goes on with a run. */
      readonly step: number;
      /** Batches trained in the end. */
      readonly steps: number;
      /** Elements of all tensors that are trained. */
      readonly parameters: number;
      readonly trainClips: number;
      readonly validationClips: number;
      /** What a step takes of the memory that is free, and what was made of that. */
      readonly memory: string;
      /** What computes, and how: `native`, `avx2, 2 threads`. */
      readonly backend: string;
      readonly mode: string;
    }
  | {
      readonly kind: "step";
      readonly step: number;
      readonly steps: number;
      readonly epoch: number;
      /** By the names in the log without `train/`: `total_loss`, `rec_loss`, `psnr`, … */
      readonly scalars: ReadonlyMap<string, number>;
      readonly stepsPerSecond: number;
      readonly secondsLeft: number;
    }
  | {
      readonly kind: "validation";
      readonly step: number;
      /** By the names in the log without `val/`. */
      readonly scalars: ReadonlyMap<string, number>;
    }
  | { readonly kind: "checkpoint"; readonly step: number; readonly path: string }
  | { readonly kind: "notice"; readonly text: string };
