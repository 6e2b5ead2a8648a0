import { resolve } from "node:path";
import { describeTools } from "../doctor/tools.ts";
import { version } from "../version.ts";
import type { EvaluationTools } from "./evaluationTools.ts";
import { hashFile } from "./hashFile.ts";
import type { EvaluationSettings } from "./settings.ts";

/** The settings of an evaluation whose tools are open. */
export async function settingsOf(
  { given, request, model, meters }: EvaluationTools,
  signal: AbortSignal,
): Promise<EvaluationSettings> {
  const { config, ckpt, clipLength: framesPerClip, precision } = request;
  const { seed, data_dir, meta_path } = given;
  const [ffmpeg] = await describeTools();
  return {
    data_dir: resolve(data_dir),
    meta_path: meta_path === undefined ? null : resolve(meta_path),
    config: await hashFile(config, signal),
    checkpoint: ckpt === undefined ? `seed ${seed}` : await hashFile(ckpt, signal),
    weights: model.weights,
    ...{ seed, backend: model.backend, mode: model.mode, precision },
    sampling: {
      ...request.fit,
      fps: given.sample_fps,
      framesPerClip,
      lastClip: request.tiling
        ? "is the whole video, cut to whole chunks"
        : "repeats its last frame",
    },
    metrics: [...meters.perFrame.map(({ name }) => name), ...(meters.fvd ? ["fvd"] : [])],
    metricsBackend: meters.backend ?? null,
    versions: {
      vidtok: version(),
      node: process.versions.node,
      ffmpeg: ffmpeg?.version ?? "unknown",
    },
  };
}
