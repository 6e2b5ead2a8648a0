import type { PairOptions, Planes, Video } from "../video.ts";
import { featureStatistics, type FeatureStatistics } from "./featureStatistics.ts";
import type { FvdOptions, FvdResult } from "./fvd.ts";
import { fvdDistance } from "./fvdDistance.ts";
import { checkedClip, I3dFeatures } from "./i3dFeatures.ts";

type VideoSet = readonly Video[] | FeatureStatistics;

/** `fvd`, once the engine is loaded. */
export async function fvdOfVideos(
  reals: VideoSet,
  fakes: VideoSet,
  options: FvdOptions,
): Promise<FvdResult> {
  // Everything is checked before the first clip, which takes seconds.
  const sets = { reals: checked("reals", reals, options), fakes: checked("fakes", fakes, options) };
  const features = await I3dFeatures.open(options);
  try {
    const distance = fvdDistance({
      reals: await statisticsOf(sets.reals, features),
      fakes: await statisticsOf(sets.fakes, features),
    });
    const { preprocessing, weights, backend } = features;
    return {
      ...distance,
      settings: {
        metric: "fvd",
        features: "i3d-kinetics-400-logits",
        preprocessing,
        weights,
        backend: `${backend.name} ${backend.mode}`,
      },
    };
  } finally {
    features.dispose();
  }
}

function checked(
  name: string,
  set: VideoSet,
  options: PairOptions,
): readonly Planes[] | FeatureStatistics {
  if (isStatistics(set)) return set;
  if (set.length < 2) {
    throw new RangeError(`fvd: ${set.length} ${name} have no covariance, needed 2 or more videos`);
  }
  return set.map((video, i) => checkedClip(`${name}[${i}]`, video, options));
}

async function statisticsOf(
  set: readonly Planes[] | FeatureStatistics,
  features: I3dFeatures,
): Promise<FeatureStatistics> {
  if (isStatistics(set)) return set;
  const vectors: Float32Array[] = [];
  for (const clip of set) vectors.push(await features.of(clip));
  return featureStatistics(vectors);
}

function isStatistics<T>(set: readonly T[] | FeatureStatistics): set is FeatureStatistics {
  return !Array.isArray(set);
}
