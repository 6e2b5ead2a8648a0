import { frameImage } from "@vidtok/data";
import type { Image } from "@vidtok/data";
import { ranked } from "../page/ranked.ts";
import type { Report } from "../page/report.ts";
import { sheetIndices, sheetPng } from "../page/sheet.ts";
import type { CheckedPair, MeasuredPairs } from "./measurePairs.ts";
import { readPair } from "./readPair.ts";

/** What the page of measured pairs shows; reads the frames of its pictures again. */
export async function reportOf(
  title: string,
  pairs: readonly CheckedPair[],
  measured: MeasuredPairs,
  settings: object,
  signal: AbortSignal,
): Promise<Report> {
  const sheets: Report["sheets"][number][] = [];
  const byFile = new Map(pairs.map((pair) => [pair.real, pair]));
  for (const { label, video } of ranked(measured.videos)) {
    const pair = byFile.get(video.real)!;
    sheets.push({ label, video: video.name, png: await sheetOf(pair, signal) });
  }
  return {
    ...{ title, measured, broken: [], sheets },
    settings: { ...settings, ...measured.settings },
  };
}

async function sheetOf({ videos, frames }: CheckedPair, signal: AbortSignal): Promise<Uint8Array> {
  const [real, fake]: [Image[], Image[]] = [[], []];
  const picked = { indices: sheetIndices(frames), length: 1 };
  for await (const clip of readPair(videos.real, videos.fake, picked, signal)) {
    real.push(frameImage(clip.real, 0));
    fake.push(frameImage(clip.fake, 0));
  }
  return sheetPng({ real, fake });
}
