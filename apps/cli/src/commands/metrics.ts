import { probeVideo } from "@vidtok/data";
import { defineCommand } from "../command.ts";
import { comparableFrames } from "../metrics/comparable.ts";
import { metricsFlags } from "../metrics/flags.ts";
import { fvdClips } from "../metrics/fvdClips.ts";
import { measurePairs } from "../metrics/measurePairs.ts";
import type { CheckedPair } from "../metrics/measurePairs.ts";
import { metricNames, openMeters } from "../metrics/openMeters.ts";
import { checkOutputs, outputPaths, writeOutputs } from "../metrics/outputs.ts";
import { pairFiles } from "../metrics/pairFiles.ts";
import { reportOf } from "../metrics/reportOf.ts";
import { shownCsv, shownTable } from "../metrics/show.ts";
import { checkPaths } from "../outputs/checkPaths.ts";
import { line } from "../report.ts";
import { noteDamage } from "../terminal/noteDamage.ts";
import { printableJson } from "../terminal/printable.ts";
import { progress } from "../terminal/progress.ts";

/** `vidtok metrics REAL FAKE` */
export const metrics = defineCommand({
  name: "metrics",
  summary: "Measure how close videos are to others: two files, or two folders matched by name.",
  flags: metricsFlags,
  rest: { shown: "REAL FAKE", least: 2, most: 2 },
  examples: [
    "clip.mp4 clip_reconstructed.mp4 --trim",
    "videos results --metrics psnr,lpips --report page",
  ],
  async run(given, [real, fake], io) {
    const { metrics: list, resize, trim, backend, threads } = given;
    const wanted = metricNames(list);
    checkOutputs("metrics", given);
    const files = await pairFiles(real!, fake!);
    for (const problem of files.problems) line(io, problem);
    checkPaths("metrics", {
      inputs: files.pairs.flatMap((pair) =>
        [pair.real, pair.fake].map((path) => ({ what: `the video ${path}`, path })),
      ),
      outputs: outputPaths(given),
    });
    const pairs: CheckedPair[] = [];
    for (const pair of files.pairs) {
      const videos = {
        real: await probeVideo(pair.real, io.signal),
        fake: await probeVideo(pair.fake, io.signal),
      };
      noteDamage(io, videos.real);
      noteDamage(io, videos.fake);
      const frames = comparableFrames(videos.real, videos.fake, { resize, trim });
      pairs.push({ ...pair, videos, frames });
    }
    const sum = (of: (pair: CheckedPair) => number): number =>
      pairs.reduce((total, pair) => total + of(pair), 0);
    const clips = sum(({ frames }) => fvdClips(frames));
    const meters = await openMeters({ wanted, clips, backend, threads });
    try {
      for (const note of meters.notes) line(io, note);
      const bar = progress(
        io,
        "metrics",
        sum(({ frames }) => frames),
      );
      let done = 0;
      const measured = await measurePairs(pairs, meters, {
        signal: io.signal,
        onFrames: (count) => bar.update((done += count)),
      }).finally(() => bar.end());
      for (const warning of measured.fvd?.warnings ?? []) line(io, `fvd: ${warning}`);
      const settings = { backend: meters.backend ?? null, resize, trim };
      await writeOutputs(io, given, {
        json: () => `${printableJson({ real, fake, ...measured, ...settings })}\n`,
        csv: () => shownCsv(measured),
        table: () => shownTable(measured),
        report: () => reportOf(`${fake} against ${real}`, pairs, measured, settings, io.signal),
      });
      return 0;
    } finally {
      await meters.dispose();
    }
  },
});
