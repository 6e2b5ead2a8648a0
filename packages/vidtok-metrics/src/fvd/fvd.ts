import type { PairOptions, Video } from "../video.ts";
import type { FeatureStatistics } from "./featureStatistics.ts";
import type { FvdDistance } from "./fvdDistance.ts";
import type { I3d } from "./i3dNet.ts";
import type { Preprocessing } from "./preprocess.ts";

/** Options of `fvd`. */
export interface FvdOptions extends PairOptions {
  /** The file `i3d_pretrained_400.pt` or `i3d_torchscript.pt`, or a net that `loadI3d` made. Default: the file that `loadI3d` finds. */
  readonly weights?: string | I3d;
  /** Default videogpt. */
  readonly preprocessing?: Preprocessing;
}

/** The distance and the choices behind it. */
export interface FvdResult extends FvdDistance {
  readonly settings: {
    readonly metric: "fvd";
    readonly features: "i3d-kinetics-400-logits";
    readonly preprocessing: Preprocessing;
    /** The file, or `given` for a loaded net. */
    readonly weights: string;
    /** Name and mode of the tensor backend. */
    readonly backend: string;
  };
}

/**
 * Fréchet video distance (Unterthiner et al. 2018) of two sets of videos, each of 10 frames or more, or of their saved statistics. The
 * first call loads the tensor engine.
 *
 * @example (await fvd(realVideos, fakeVideos, { weights: "i3d_pretrained_400.pt" })).value
 */
export async function fvd(
  reals: readonly Video[] | FeatureStatistics,
  fakes: readonly Video[] | FeatureStatistics,
  options: FvdOptions = {},
): Promise<FvdResult> {
  const { fvdOfVideos } = await import("./fvdOfVideos.ts");
  return fvdOfVideos(reals, fakes, options);
}
