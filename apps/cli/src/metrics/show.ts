import type { FrameMetric } from "./openMeters.ts";
import type { Measured, Totals } from "./totals.ts";

const digits: Readonly<Record<FrameMetric, number>> = { psnr: 2, ssim: 4, lpips: 4 };

/** One line of a table before it is laid out: a video, or a mean over all. */
interface Row {
  readonly name: string;
  readonly frames: number;
  readonly repeated: number;
  readonly value: (metric: FrameMetric) => number;
}

/** The result as an aligned table: a row per video, their means over frames, and FVD below. */
export function shownTable(measured: Measured): string {
  const { videos, fvd } = measured;
  const metrics = metricsOf(measured.total);
  const isRepeating = measured.withoutRepeated !== undefined;
  const totals = totalRows(measured, ["all", "without repeated"]).filter(({ frames }, i) =>
    i === 0 ? videos.length > 1 : frames !== measured.total.frames,
  );
  const all = [
    ["video", "frames", ...(isRepeating ? ["repeated"] : []), ...metrics],
    ...[...videoRows(measured), ...totals].map(({ name, frames, repeated, value }) => [
      name,
      String(frames),
      ...(isRepeating ? [String(repeated)] : []),
      ...metrics.map((metric) => value(metric).toFixed(digits[metric])),
    ]),
  ];
  const widths = all[0]!.map((_, i) => Math.max(...all.map((cells) => cells[i]!.length)));
  const lines = all.map((cells) =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join("  "),
  );
  if (fvd) lines.push(`fvd ${fvd.value.toFixed(2)} of ${fvd.clips} clips`);
  return `${lines.join("\n")}\n`;
}

/** The result as CSV (RFC 4180): a line per video, then one named `total`, which alone has an FVD, and one without repeats. */
export function shownCsv(measured: Measured): string {
  const { fvd } = measured;
  const metrics = metricsOf(measured.total);
  const isRepeating = measured.withoutRepeated !== undefined;
  const rows = [...videoRows(measured), ...totalRows(measured, ["total", "without repeated"])];
  const lines: (readonly (string | number)[])[] = [
    ["video", "frames", ...(isRepeating ? ["repeated"] : []), ...metrics, ...(fvd ? ["fvd"] : [])],
    ...rows.map(({ name, frames, repeated, value }, i) => [
      name,
      frames,
      ...(isRepeating ? [repeated] : []),
      ...metrics.map(value),
      ...(fvd ? [i === measured.videos.length ? fvd.value : ""] : []),
    ]),
  ];
  return lines.map((cells) => `${cells.map(quoted).join(",")}\r\n`).join("");
}

function videoRows({ videos }: Measured): readonly Row[] {
  return videos.map(({ name, frames, repeated = 0, scores }) => ({
    name,
    frames,
    repeated,
    value: (metric) => scores[metric]!.mean,
  }));
}

function totalRows(
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

function metricsOf(total: Totals): readonly FrameMetric[] {
  return (Object.keys(digits) as FrameMetric[]).filter((metric) => total[metric] !== undefined);
}

function quoted(cell: string | number): string {
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
