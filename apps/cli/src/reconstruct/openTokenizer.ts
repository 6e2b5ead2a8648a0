import "@vidtok/backend-native";
import type { Clip } from "@vidtok/data";
import { createModel, weightCounts } from "@vidtok/model";
import type { Tiling, Tokenizer, WeightCounts } from "@vidtok/model";
import type { LoadReport } from "@vidtok/nn";
import { noGrad, pad, Random, scope, slice, tensor, useBackend } from "@vidtok/tensor";
import type { BackendName, Precision, Tensor } from "@vidtok/tensor";
import { loadNotes } from "./loadNotes.ts";
import type { Reconstructor } from "./reconstructClips.ts";

/** Which tokenizer, with which weights, computing where and how; plain data. */
export interface TokenizerOptions {
  readonly config: string;
  readonly ckpt: string | undefined;
  /** Whether weights that the checkpoint lacks may stay random. */
  readonly allowMissing: boolean;
  readonly seed: number;
  readonly backend: BackendName;
  readonly threads: number | undefined;
  readonly precision: Precision;
  /** Chunks in which the model computes a clip. */
  readonly tiling?: Tiling | undefined;
}

/** What came of the options; plain data. */
export interface TokenizerFacts {
  readonly isCausal: boolean;
  readonly timeDownsampleFactor: number;
  /** Name of the backend that computes. */
  readonly backend: string;
  /** What it really runs, such as `avx2, 2 threads`. */
  readonly mode: string;
  /** How many weights are from the checkpoint and how many are random. */
  readonly weights: WeightCounts;
  /** What the user should know: backends passed over, weights that are missing. */
  readonly notes: readonly string[];
}

/** A tokenizer that reconstructs clips until it is closed. */
export interface OpenTokenizer extends Reconstructor, TokenizerFacts {
  /** Draws the noise of sampled latents from a new seed from now on, whatever was drawn before. */
  reseed(seed: number): void;
  close(): void;
}

/** Builds a tokenizer that computes on the calling thread. */
export async function openTokenizer(options: TokenizerOptions): Promise<OpenTokenizer> {
  const { config, ckpt, allowMissing, seed, precision, threads } = options;
  const notes: string[] = [];
  const backend = await useBackend(options.backend, {
    ...(threads === undefined ? {} : { threads }),
    onUnavailable: (name, reason) => notes.push(`${name} is not used: ${reason}`),
  });
  let report: LoadReport | undefined;
  const model = await createModel(config, {
    ...{ seed, precision, backend, allowMissing },
    ...(ckpt === undefined ? {} : { ckpt }),
    onLoad: (loaded) => (report = loaded),
  });
  notes.push(...loadNotes(report, ckpt));
  const { isCausal, timeDownsampleFactor } = model;
  return {
    ...{ isCausal, timeDownsampleFactor, notes, weights: weightCounts(model, report) },
    ...{ backend: backend.name, mode: backend.mode },
    async forward(clip) {
      // What measures on this thread may use another one in between.
      await useBackend(backend);
      return reconstruct(model, clip, options.tiling);
    },
    reseed: (noise) => void (model.random = new Random(noise)),
    close: () => undefined,
  };
}

async function reconstruct(
  model: Tokenizer,
  clip: Clip,
  tiling: Tiling | undefined,
): Promise<Clip> {
  const recon = scope(() => {
    const x = tensor(clip.data, [1, ...clip.shape]);
    const stride = model.spatialDownsampleFactor;
    const whole = [3, 4].reduce((y, axis) => filledUp(y, axis, stride), x);
    const { recon: y } = noGrad(() => model.forward(whole, { losses: false, tiling }));
    return [3, 4].reduce((cut, axis) => slice(cut, axis, 0, x.shape[axis]!), y);
  });
  const [, , frames, height, width] = recon.shape;
  const data = await recon.read();
  recon.free();
  return { data, shape: [3, frames!, height!, width!] };
}

/** x with its last row or column repeated up to a multiple of the stride. */
function filledUp(x: Tensor, axis: number, stride: number): Tensor {
  const missing = -x.shape[axis]! % stride;
  return missing === 0 ? x : pad(x, axis, 0, stride + missing, "replicate");
}
