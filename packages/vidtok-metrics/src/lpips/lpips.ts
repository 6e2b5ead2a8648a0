import type { Layout, PairOptions, ValueRange, Video } from "../video.ts";
import type { BackboneName } from "./backbones.ts";
import type { Lpips } from "./lpipsNet.ts";

/** Options of `lpips`. */
export interface LpipsOptions {
  /** Default vgg, the reference's; a loaded net knows its own. */
  readonly backbone?: BackboneName;
  /**
   * A folder with torchvision's backbone file and the heads (`vgg.pth`, `alex.pth` or `squeeze.pth`), a VidTok checkpoint, or a net
   * that `loadLpips` made, which saves loading it again. Default: the files that `loadLpips` finds.
   */
  readonly weights?: string | Lpips;
}

/** LPIPS, 0 for equal frames: of each frame, and their mean. */
export interface LpipsResult {
  readonly mean: number;
  readonly frames: Float64Array;
  readonly settings: {
    readonly metric: "lpips";
    readonly version: "0.1";
    readonly backbone: BackboneName;
    /** The folder or files, or `given` for a loaded net. */
    readonly weights: string;
    /** Name and mode of the tensor backend. */
    readonly backend: string;
    readonly layout: Layout;
    readonly range: ValueRange;
  };
}

/**
 * Learned perceptual distance (Zhang et al. 2018, version 0.1) per frame of RGB videos. The first call loads the tensor engine.
 *
 * @example (await lpips(original, copy, { weights: "vidtok_kl_causal_488_4chn.ckpt" })).mean
 */
export async function lpips(
  a: Video,
  b: Video,
  options: PairOptions & LpipsOptions = {},
): Promise<LpipsResult> {
  const { checkedPair, LpipsFrames } = await import("./lpipsFrames.ts");
  const videos = checkedPair(a, b, options);
  const frames = await LpipsFrames.open(options);
  try {
    return await frames.of(videos);
  } finally {
    frames.dispose();
  }
}
