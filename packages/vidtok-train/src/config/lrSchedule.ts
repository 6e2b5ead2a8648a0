import { valueError } from "@vidtok/model";
import type { ConfigNode } from "@vidtok/model";
import { constantSchedule, warmupCosine } from "@vidtok/nn";
import type { Schedule } from "@vidtok/nn";
import { lookup, numberAt } from "./lookup.ts";

const PATH = "model.params.lr_schedule";
const KEYS = ["warmup_steps", "total_steps", "floor"];

/**
 * Reads `model.params.lr_schedule`, in steps of training: a linear rise over `warmup_steps`, then half a cosine that reaches the factor `floor` at
 * `total_steps`. Without it the rates are constant, as in the reference.
 */
export function lrSchedule(config: ConfigNode): Schedule {
  const given = lookup(config, PATH);
  if (given === undefined) return constantSchedule;
  const keys = typeof given === "object" ? Object.keys(given ?? {}) : ["no mapping"];
  if (keys.some((key) => !KEYS.includes(key))) {
    throw valueError(
      PATH,
      `is ${JSON.stringify(given)} and has to be a mapping of ${KEYS.join(", ")}`,
    );
  }
  const warmupSteps = numberAt(config, `${PATH}.warmup_steps`, {
    ...{ fallback: 0, least: 0, whole: true },
  });
  const least = warmupSteps + 1;
  return warmupCosine({
    warmupSteps,
    totalSteps: numberAt(config, `${PATH}.total_steps`, { least, whole: true }),
    floor: numberAt(config, `${PATH}.floor`, { fallback: 0, least: 0 }),
  });
}
