import type { FrameMeter } from "./openMeters.ts";
import type { Measured } from "./measurePairs.ts";

type Metric = FrameMeter["name"];

const digits: Readonly<Record<Metric, number>> = { psnr: 2, ssim: 4, lpips: 4 };

/** The result as an aligned table: a row per video, their mean over frames, and FVD below. */
export function shownTable({ videos, total, fvd }: Measured): string {
  const metrics = metricsOf(total);
  const head = ["video", "frames", ...metrics];
  const row = (name: string, frames: number, value: (metric: Metric) => number): string[] => [
    name,
    String(frames),
    ...metrics.map((metric) => value(metric).toFixed(digits[metric])),
  ];
  const rows = videos.map(({ name, frames, scores }) =>
    row(name, frames, (metric) => scores[metric]!.mean),
  );
  if (videos.length > 1) rows.push(row("all", total.frames, (metric) => total[metric]!));
  const all = [head, ...rows];
  const widths = head.map((_, i) => Math.max(...all.map((cells) => cells[i]!.length)));
  const lines = all.map((cells) =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join("  "),
  );
  if (fvd) lines.push(`fvd ${fvd.value.toFixed(2)} of ${fvd.clips} clips`);
  return `${lines.join("\n")}\n`;
}

/** The result as CSV (RFC 4180): a line per video, then one named `total`, which alone has an FVD. */
export function shownCsv({ videos, total, fvd }: Measured): string {
  const metrics = metricsOf(total);
  const lines: (readonly (string | number)[])[] = [
    ["video", "frames", ...metrics, ...(fvd ? ["fvd"] : [])],
    ...videos.map(({ name, frames, scores }) => [
      name,
      frames,
      ...metrics.map((metric) => scores[metric]!.mean),
      ...(fvd ? [""] : []),
    ]),
    ["total", total.frames, ...metrics.map((each) => total[each]!), ...(fvd ? [fvd.value] : [])],
  ];
  return lines.map((cells) => `${cells.map(quoted).join(",")}\r\n`).join("");
}

function metricsOf(total: Measured["total"]): readonly Metric[] {
  return (Object.keys(digits) as Metric[]).filter((metric) => total[metric] !== undefined);
}

function quoted(cell: string | number): string {
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
