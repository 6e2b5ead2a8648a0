/** In which parts half of a model computes a video. */
export interface Parts {
  /** Latent frames at a time, at most; a non-causal model computes all at once. */
  readonly latents: number;
  /** The most pixels of a tile's height and width in each segment, without its halo. */
  readonly edges: readonly number[];
}
