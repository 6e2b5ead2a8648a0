import { ranked } from "../page/ranked.ts";
import type { Report } from "../page/report.ts";
import type { EvaluationState } from "./evaluationState.ts";
import type { EvaluationResult } from "./result.ts";
import type { EvaluationSettings } from "./settings.ts";

/** What the page of an evaluation shows. */
export async function reportOf(
  result: EvaluationResult,
  settings: EvaluationSettings,
  state: EvaluationState,
): Promise<Report> {
  const sheets = ranked(result.videos).map(async ({ label, video }) => ({
    ...{ label, video: video.name },
    png: await state.sheet(video.path),
  }));
  return {
    title: `Evaluation of ${settings.data_dir}`,
    measured: result,
    broken: result.broken,
    sheets: await Promise.all(sheets),
    settings: { ...settings, ...result.settings },
  };
}
