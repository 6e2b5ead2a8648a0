import type { Values } from "../args/flag.ts";
import { writeOutputs } from "../metrics/outputs.ts";
import { shownCsv, shownTable } from "../metrics/show.ts";
import { line } from "../report.ts";
import type { Io } from "../terminal/io.ts";
import { printableJson } from "../terminal/printable.ts";
import type { EvaluationState } from "./evaluationState.ts";
import type { evaluateFlags } from "./flags.ts";
import { reportOf } from "./reportOf.ts";
import type { EvaluationResult } from "./result.ts";
import type { EvaluationSettings } from "./settings.ts";

/** Writes the files that are wanted and prints the table, or what is wanted in its place. */
export async function writeResult(
  result: EvaluationResult,
  settings: EvaluationSettings,
  state: EvaluationState,
  { report, json, csv }: Values<typeof evaluateFlags>,
  io: Io,
): Promise<void> {
  for (const warning of result.fvd?.warnings ?? []) line(io, `fvd: ${warning}`);
  if (settings.metrics.includes("fvd") && result.fvd === undefined) {
    line(io, "fvd is left out: it needs 2 clips, and fewer could be read");
  }
  await writeOutputs(
    io,
    { json, csv, report },
    {
      json: () => `${printableJson({ ...settings, ...result })}\n`,
      csv: () => shownCsv(result),
      table: () => shownTable(result),
      report: () => reportOf(result, settings, state),
    },
  );
}
