import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeWhole } from "../wholeFile.ts";

/** A video in a report. */
export interface ReportedVideo {
  readonly name: string;
  readonly frames: number;
  readonly scores: Readonly<Record<string, number>>;
  readonly perFrame: Readonly<Record<string, readonly number[]>>;
}

/** Pictures of a video in a report. */
export interface ReportedSheet {
  readonly label: "best" | "median" | "worst";
  readonly video: string;
  readonly png: Uint8Array;
}

/** What the page of a report shows. */
export interface EvaluationReport {
  readonly title: string;
  readonly settings: Readonly<Record<string, string | number | boolean | null>>;
  readonly videos: readonly ReportedVideo[];
  readonly totals: Readonly<Record<string, number>>;
  readonly broken: readonly { readonly name: string; readonly reason: string }[];
  readonly sheets: readonly ReportedSheet[];
}

/** Writes `index.html` into a folder: the report's numbers and pictures. */
export async function writeReport(folder: string, report: EvaluationReport): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { sheets, ...numbers } = report;
  const text = JSON.stringify(numbers, null, 2).replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const pictures = sheets.map(
    ({ label, png }) =>
      `<h2>${label}</h2><img src="data:image/png;base64,${Buffer.from(png).toString("base64")}">`,
  );
  await writeWhole(
    join(folder, "index.html"),
    `<!doctype html><meta charset="utf-8"><pre>${text}</pre>${pictures.join("")}\n`,
  );
}
