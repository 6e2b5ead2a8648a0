import { blockCases } from "./blockCases.ts";
import { regularizerCases } from "./regularizerCases.ts";
import type { ParityCase } from "./row.ts";
import { tinyCases } from "./tinyCases.ts";

/** Everything that has a golden number; `gradients` false leaves out backward passes. */
export function parityCases({ gradients = true } = {}): readonly ParityCase[] {
  return [...regularizerCases(), ...blockCases(), ...tinyCases({ gradients })];
}
