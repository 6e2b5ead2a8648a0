import type { Clip } from "@vidtok/data";
import { createModel } from "@vidtok/model";
import type { Tokenizer } from "@vidtok/model";
import { noGrad, scope, tensor } from "@vidtok/tensor";
import type { Backend, Precision } from "@vidtok/tensor";
import type { Reconstructor } from "./reconstructClips.ts";

/** Which tokenizer, with which weights, computing how. */
export interface TokenizerOptions {
  readonly config: string;
  readonly ckpt: string | undefined;
  readonly seed: number;
  readonly backend: Backend;
  readonly precision: Precision;
  /** Told of weights that the checkpoint lacks or has too many. */
  readonly onMismatch: (message: string) => void;
}

/** Builds a tokenizer that reconstructs clips. */
export async function openTokenizer(options: TokenizerOptions): Promise<Reconstructor> {
  const { config, ckpt, onMismatch, ...rest } = options;
  const model = await createModel(config, {
    ...rest,
    ...(ckpt === undefined ? {} : { ckpt }),
    onLoad: ({ missing, unexpected }) => {
      const some = (names: readonly string[]): string =>
        `${names.slice(0, 3).join(", ")}${names.length > 3 ? ", ..." : ""}`;
      if (missing.length > 0) {
        onMismatch(`${missing.length} weights are random, the checkpoint lacks ${some(missing)}`);
      }
      if (unexpected.length > 0) {
        onMismatch(`${unexpected.length} weights are not used: ${some(unexpected)}`);
      }
    },
  });
  return {
    isCausal: model.isCausal,
    timeDownsampleFactor: model.timeDownsampleFactor,
    forward: (clip) => reconstruct(model, clip),
  };
}

async function reconstruct(model: Tokenizer, clip: Clip): Promise<Clip> {
  const recon = scope(() => {
    const x = tensor(clip.data, [1, ...clip.shape]);
    return noGrad(() => model.forward(x, { losses: false }).recon);
  });
  const [, , frames, height, width] = recon.shape;
  const data = await recon.read();
  recon.free();
  return { data, shape: [3, frames!, height!, width!] };
}
