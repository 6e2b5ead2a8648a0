import { evaluationVideos } from "@vidtok/data";
import { defineCommand } from "../command.ts";
import { evaluateSet } from "../evaluate/evaluateSet.ts";
import { evaluateFlags } from "../evaluate/flags.ts";
import { lookAtVideos } from "../evaluate/lookAtVideos.ts";
import { refusal } from "../evaluate/refusal.ts";
import { readRequest } from "../evaluate/request.ts";
import { fvdClips } from "../metrics/fvdClips.ts";
import { openMeters } from "../metrics/openMeters.ts";
import { outputPaths } from "../metrics/outputs.ts";
import { checkPaths } from "../outputs/checkPaths.ts";
import { modelPaths } from "../outputs/modelPaths.ts";
import { openTokenizerThread } from "../reconstruct/tokenizerThread.ts";
import { line } from "../report.ts";
import { progress } from "../terminal/progress.ts";

/** `vidtok evaluate --data_dir DIR` */
export const evaluate = defineCommand({
  name: "evaluate",
  summary: "Reconstruct the videos of a folder and measure how close they come.",
  flags: evaluateFlags,
  rest: { shown: "", least: 0, most: 0 },
  examples: [
    "--data_dir videos --ckpt vidtok_kl_causal_488_4chn.ckpt",
    "--data_dir videos --metrics psnr,lpips --report results --json all.json",
  ],
  async run(given, _rest, io) {
    const { data_dir, meta_path, seed, backend, threads, sample_fps: sampleFps } = given;
    const { allow_missing: allowMissing } = given;
    const request = readRequest(given);
    const { paths, problems } = evaluationVideos({ data_dir, meta_path });
    for (const problem of problems) line(io, problem);
    checkPaths("evaluate", {
      inputs: [
        ...modelPaths(request),
        ...(meta_path === undefined ? [] : [{ what: "the list of videos", path: meta_path }]),
        ...paths.map((path) => ({ what: `the video ${path}`, path })),
      ],
      outputs: outputPaths(given),
      outputFolders: [request.states],
    });
    const looking = progress(io, "look at videos", paths.length);
    const found = await lookAtVideos(paths, {
      ...{ dataDir: data_dir, sampleFps, signal: io.signal },
      longChunk: request.tiling?.t_chunk_enc,
      refuse: (info) => refusal(info, request),
      onVideo: (done) => looking.update(done),
    }).finally(() => looking.end());
    for (const { reason } of found.broken) line(io, reason);
    for (const note of found.notes) line(io, note);
    if (found.videos.length === 0) {
      throw new Error(`evaluate: none of the ${paths.length} videos can be read`);
    }
    const { config, ckpt, precision, tiling } = request;
    const meters = await openMeters({
      ...{ wanted: request.metrics, backend, threads, checkpoint: ckpt },
      clips: found.videos.reduce((sum, { frames }) => sum + fvdClips(frames), 0),
      video: { layout: "cthw", range: [-1, 1] },
    });
    try {
      const model = await openTokenizerThread(
        { config, ckpt, allowMissing, seed, backend, threads, precision, tiling },
        io.signal,
      );
      try {
        for (const note of new Set([...meters.notes, ...model.notes])) line(io, note);
        return await evaluateSet(found, { given, request, model, meters }, io);
      } finally {
        model.close();
      }
    } finally {
      await meters.dispose();
    }
  },
});
