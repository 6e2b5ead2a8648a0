import type { Image } from "@vidtok/data";

/** Where a run puts what it measures and shows; what cannot be written is a `TrainError`. */
export interface RunLogger {
  /** Scalars by their whole names, `train/rec_loss`, at a batch count. */
  scalars(step: number, scalars: ReadonlyMap<string, number>): void;
  /** Pictures by their whole names, `train/recs`, at a batch count. */
  images(step: number, images: ReadonlyMap<string, Image>): void;
  /** Brings everything to disk or to the service. */
  close(): Promise<void>;
}
