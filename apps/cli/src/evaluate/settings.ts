import type { Fit } from "@vidtok/data";
import type { WeightCounts } from "@vidtok/model";

/** A file and the SHA-256 of its bytes. */
export interface HashedFile {
  readonly file: string;
  readonly sha256: string;
}

/** All that decides the numbers of an evaluation, as its results name it. */
export interface EvaluationSettings {
  readonly data_dir: string;
  readonly meta_path: string | null;
  readonly config: HashedFile;
  /** The weights, or `seed 42` where they are random. */
  readonly checkpoint: HashedFile | string;
  readonly weights: WeightCounts;
  /** Of random weights and of the noise of sampled latents. */
  readonly seed: number;
  /** What computes the model, how, and in which numbers. */
  readonly backend: string;
  readonly mode: string;
  readonly precision: string;
  readonly sampling: Fit & {
    /** Frames taken of a second, at most. */
    readonly fps: number;
    readonly framesPerClip: number;
    /** What a short last clip is filled up with. */
    readonly lastClip: "repeats its last frame" | "is the whole video, cut to whole chunks";
  };
  readonly metrics: readonly string[];
  /** What computes the nets of metrics; null where there are none. */
  readonly metricsBackend: string | null;
  readonly versions: { readonly vidtok: string; readonly node: string; readonly ffmpeg: string };
}
