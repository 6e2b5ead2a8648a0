/** One clip of a dataset. */
export interface ClipItem {
  /** Values in [-1, 1]; the name is the one batches have in the reference's configs. */
  readonly jpg: Float32Array;
  /** `[3, t, h, w]` */
  readonly shape: readonly [c: 3, t: number, h: number, w: number];
  readonly path: string;
}

/** Anything that hands out clips by number. */
export interface ClipSource {
  readonly length: number;
  item(index: number, random: () => number, signal?: AbortSignal): Promise<ClipItem>;
}
