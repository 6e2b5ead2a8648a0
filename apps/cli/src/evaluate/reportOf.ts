import type { EvaluationState } from "./evaluationState.ts";
import type { EvaluationReport, ReportedSheet } from "./plainReport.ts";
import type { EvaluationResult } from "./result.ts";
import { flat } from "./settings.ts";
import type { EvaluationSettings } from "./settings.ts";

type Video = EvaluationResult["videos"][number];

/** What the page of a report shows. */
export async function reportOf(
  result: EvaluationResult,
  settings: EvaluationSettings,
  state: EvaluationState,
): Promise<EvaluationReport> {
  const { videos, total, withoutRepeated, fvd, broken } = result;
  const means = (name: string, { frames: _, ...values }: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(values).map(([metric, value]) => [metric + name, value]));
  const sheets = chosen(videos).map(async ([label, video]) => ({
    label,
    video: video.name,
    png: await state.sheet(video.path),
  }));
  return {
    title: `${settings.data_dir}: ${videos.length} videos`,
    settings: { ...flat(settings), repeatedFrames: result.repeated },
    videos: videos.map(({ name, frames, scores }) => ({
      ...{ name, frames },
      scores: mapped(scores, ({ mean }) => mean),
      perFrame: mapped(scores, ({ frames: values }) => values),
    })),
    totals: {
      ...means("", total),
      ...(result.repeated > 0 ? means(" without repeated frames", withoutRepeated) : {}),
      ...(fvd ? { fvd: fvd.value } : {}),
    },
    broken,
    sheets: await Promise.all(sheets),
  };
}

/** The best, the median and the worst video, as far as there are so many. */
function chosen(videos: readonly Video[]): readonly (readonly [ReportedSheet["label"], Video])[] {
  const ranked = [...videos].sort((a, b) => quality(b) - quality(a));
  const last = ranked.length - 1;
  const places = [
    ["best", 0],
    ["median", last >> 1],
    ["worst", last],
  ] as const;
  const seen = new Set<number>();
  return places.flatMap(([label, place]) => {
    const isNew = !seen.has(place);
    seen.add(place);
    return isNew ? [[label, ranked[place]!] as const] : [];
  });
}

/** PSNR, or else SSIM, or else what of LPIPS is missing; the larger the better. */
function quality({ scores }: Video): number {
  return scores.psnr?.mean ?? scores.ssim?.mean ?? -(scores.lpips?.mean ?? 0);
}

function mapped<T, U>(
  scores: Readonly<Record<string, T>>,
  of: (score: T) => U,
): Readonly<Record<string, U>> {
  return Object.fromEntries(Object.entries(scores).map(([metric, score]) => [metric, of(score)]));
}
