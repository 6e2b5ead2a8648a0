import type { LoadReport } from "@vidtok/nn";
import type { Tokenizer } from "./tokenizer.ts";

/** Where the weights of a tokenizer are from. */
export interface WeightCounts {
  /** Weights from a checkpoint. */
  readonly loaded: number;
  /** Weights with random first values: all without a checkpoint. */
  readonly random: number;
}

/** Counts the weights a tokenizer took from a checkpoint; without a report all are random. */
export function weightCounts(model: Tokenizer, report?: LoadReport): WeightCounts {
  const names = [...model.namedParameters().keys()];
  if (!report) return { loaded: 0, random: names.length };
  const absent = new Set([...report.missing, ...report.ignored]);
  const random = names.filter((name) => absent.has(name)).length;
  return { loaded: names.length - random, random };
}
