import { printable } from "../terminal/printable.ts";
import type { FrameMetric } from "./openMeters.ts";
import type { Measured, Totals } from "./totals.ts";

/** How many decimals of a metric mean something. */
export const decimals: Readonly<Record<FrameMetric | "fvd", number>> = {
  ...{ psnr: 2, ssim: 4, lpips: 4, fvd: 2 },
};

/** One line of a table before it is laid out: a video, or a mean over all. */
export interface Row {
  readonly name: string;
  readonly frames: number;
  readonly repeated: number;
  readonly value: (metric: FrameMetric) => number;
}

/** A row for each video. */
export function videoRows({ videos }: Measured): readonly Row[] {
  return videos.map(({ name, frames, repeated = 0, scores }) => ({
    name,
    frames,
    repeated,
    value: (metric) => scores[metric]!.mean,
  }));
}

/** The means over all frames and, where frames may be repeated, those without repeats, with names for both. */
export function totalRows(
  { total, withoutRepeated }: Measured,
  [all, without]: readonly [string, string],
): readonly Row[] {
  const row = (name: string, means: Totals, repeated: number): Row => ({
    name,
    frames: means.frames,
    repeated,
    value: (metric) => means[metric]!,
  });
  if (withoutRepeated === undefined) return [row(all, total, 0)];
  const repeated = total.frames - withoutRepeated.frames;
  return [row(all, total, repeated), row(without, withoutRepeated, 0)];
}

/** The total rows that say more than the rows of videos do. */
export function meanRows(measured: Measured): readonly Row[] {
  return totalRows(measured, ["all", "without repeated"]).filter(({ frames }, i) =>
    i === 0 ? measured.videos.length > 1 : frames !== measured.total.frames,
  );
}

/** The metrics per frame that were measured, in their usual order. */
export function metricsOf(total: Totals): readonly FrameMetric[] {
  return (["psnr", "ssim", "lpips"] as const).filter((metric) => total[metric] !== undefined);
}

/** The first line of a table of these metrics. */
export function header(metrics: readonly string[], isRepeating: boolean): readonly string[] {
  return ["video", "frames", ...(isRepeating ? ["repeated"] : []), ...metrics];
}

/** A row as text, under that header. */
export function cells(
  { name, frames, repeated, value }: Row,
  metrics: readonly FrameMetric[],
  isRepeating: boolean,
): readonly string[] {
  return [
    ...[printable(name), String(frames), ...(isRepeating ? [String(repeated)] : [])],
    ...metrics.map((metric) => value(metric).toFixed(decimals[metric])),
  ];
}
