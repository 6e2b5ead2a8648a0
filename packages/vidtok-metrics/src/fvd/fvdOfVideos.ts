import { noGrad, scope, tensor } from "@vidtok/tensor";
import { engine } from "../engine.ts";
import { planes, type PairOptions, type Planes, type Video } from "../video.ts";
import { FEATURES, SIDE } from "./clipSize.ts";
import { featureStatistics, type FeatureStatistics } from "./featureStatistics.ts";
import { frechetDistance } from "./frechetDistance.ts";
import type { FvdOptions, FvdResult } from "./fvd.ts";
import { I3d } from "./i3dNet.ts";
import { defaultFile, loadI3d } from "./loadI3d.ts";
import { preprocess, type Preprocessing } from "./preprocess.ts";

const FEWEST_FRAMES = 10;

type VideoSet = readonly Video[] | FeatureStatistics;

/** `fvd`, once the engine is loaded. */
export async function fvdOfVideos(
  reals: VideoSet,
  fakes: VideoSet,
  options: FvdOptions,
): Promise<FvdResult> {
  const { weights = defaultFile, preprocessing = "videogpt" } = options;
  // Everything is checked before the first clip, which takes seconds.
  const sets = { reals: checked("reals", reals, options), fakes: checked("fakes", fakes, options) };
  const backend = await engine();
  const net = weights instanceof I3d ? weights : await loadI3d(weights);
  try {
    const statistics = {
      reals: await statisticsOf(sets.reals, net, preprocessing),
      fakes: await statisticsOf(sets.fakes, net, preprocessing),
    };
    return {
      value: frechetDistance(statistics.reals, statistics.fakes),
      statistics,
      warnings: warningsFor(statistics),
      settings: {
        metric: "fvd",
        features: "i3d-kinetics-400-logits",
        preprocessing,
        weights: weights instanceof I3d ? "given" : weights,
        backend: `${backend.name} ${backend.mode}`,
      },
    };
  } finally {
    if (net !== weights) net.free();
  }
}

/** I3D's 400 numbers for a video of at least 9 frames. */
export async function i3dFeatures(
  net: I3d,
  video: Planes,
  preprocessing: Preprocessing,
): Promise<Float32Array> {
  const clip = preprocess(video, preprocessing);
  const logits = noGrad(() =>
    scope(() => net.forward(tensor(clip, [1, 3, video.frames, SIDE, SIDE]))),
  );
  try {
    return await logits.read();
  } finally {
    logits.free();
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
  return set.map((video, i) => {
    const read = planes("fvd", `${name}[${i}]`, video, options);
    if (read.frames < FEWEST_FRAMES) {
      throw new RangeError(
        `fvd: ${name}[${i}] has ${read.frames} frames, needed ${FEWEST_FRAMES} or more`,
      );
    }
    return read;
  });
}

async function statisticsOf(
  set: readonly Planes[] | FeatureStatistics,
  net: I3d,
  preprocessing: Preprocessing,
): Promise<FeatureStatistics> {
  if (isStatistics(set)) return set;
  const vectors: Float32Array[] = [];
  for (const video of set) vectors.push(await i3dFeatures(net, video, preprocessing));
  return featureStatistics(vectors);
}

function isStatistics<T>(set: readonly T[] | FeatureStatistics): set is FeatureStatistics {
  return !Array.isArray(set);
}

function warningsFor(statistics: Readonly<Record<string, FeatureStatistics>>): string[] {
  return Object.entries(statistics)
    .filter(([, { count }]) => count <= FEATURES)
    .map(
      ([name, { count }]) =>
        `${count} ${name} do not fill a covariance of ${FEATURES} features: compare only with values from as many videos`,
    );
}
