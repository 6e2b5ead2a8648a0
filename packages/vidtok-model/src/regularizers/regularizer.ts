import type { Random, Tensor } from "@vidtok/tensor";

/** What a regularizer tells besides the latents; which entries there are depends on its kind. */
export interface RegLog {
  /** KL: Σ over all latent elements, divided by the batch size; shape []. */
  readonly kl_loss?: Tensor;
  /** FSQ: the code numbers as whole f32 `[n, t, h, w]`, with a last axis of codebooks if there are several. */
  readonly indices?: Tensor;
  /** FSQ: entropy and commitment losses, weighted; shape []. Only where losses were asked for. */
  readonly aux_loss?: Tensor;
}

/** What a regularizer needs to know about one pass. */
export interface RegularizerPass {
  /** Batches trained so far; FSQ anneals its entropy weight with it. */
  readonly steps: number;
  /** KL: whether to add noise. */
  readonly sample: boolean;
  /** Whether to compute losses that cost time. */
  readonly losses: boolean;
  /** Where noise comes from. */
  readonly random: Random;
}

/** Turns an encoder's output `[n, c, t, h, w]` into latents `[n, z, t, h, w]`. */
export interface Regularizer {
  forward(moments: Tensor, pass: RegularizerPass): { readonly z: Tensor; readonly regLog: RegLog };
}
