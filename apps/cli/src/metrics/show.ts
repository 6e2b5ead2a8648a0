import { printable } from "../terminal/printable.ts";
import { cells, decimals, header, meanRows, metricsOf, totalRows, videoRows } from "./rows.ts";
import type { Measured } from "./totals.ts";

/** The result as an aligned table: a row per video, their means over frames, and FVD below. */
export function shownTable(measured: Measured): string {
  const { fvd } = measured;
  const metrics = metricsOf(measured.total);
  const isRepeating = measured.withoutRepeated !== undefined;
  const rows = [...videoRows(measured), ...meanRows(measured)];
  const all = [
    header(metrics, isRepeating),
    ...rows.map((row) => cells(row, metrics, isRepeating)),
  ];
  const widths = all[0]!.map((_, i) => Math.max(...all.map((line) => line[i]!.length)));
  const lines = all.map((line) =>
    line
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join("  "),
  );
  if (fvd) lines.push(`fvd ${fvd.value.toFixed(decimals.fvd)} of ${fvd.clips} clips`);
  return `${lines.join("\n")}\n`;
}

/** The result as CSV (RFC 4180): a line per video, then one named `total`, which alone has an FVD, and one without repeats. */
export function shownCsv(measured: Measured): string {
  const { fvd } = measured;
  const metrics = metricsOf(measured.total);
  const isRepeating = measured.withoutRepeated !== undefined;
  const rows = [...videoRows(measured), ...totalRows(measured, ["total", "without repeated"])];
  const lines: (readonly (string | number)[])[] = [
    [...header(metrics, isRepeating), ...(fvd ? ["fvd"] : [])],
    ...rows.map(({ name, frames, repeated, value }, i) => [
      textCell(name),
      frames,
      ...(isRepeating ? [repeated] : []),
      ...metrics.map(value),
      ...(fvd ? [i === measured.videos.length ? fvd.value : ""] : []),
    ]),
  ];
  return lines.map((line) => `${line.map(quoted).join(",")}\r\n`).join("");
}

/**
 * A name without control characters that no spreadsheet takes for a formula: `=1.mp4` is
 * `./=1.mp4`.
 */
function textCell(name: string): string {
  return /^[=+\-@\t\r]/.test(name) ? `./${printable(name)}` : printable(name);
}

function quoted(cell: string | number): string {
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
