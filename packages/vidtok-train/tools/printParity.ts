import { useBackend } from "@vidtok/tensor";
import type { BackendName } from "@vidtok/tensor";
import { float64Backend } from "../test/parity/float64Backend.ts";
import {
  blockNames,
  combinations,
  measureBlock,
  measureCombination,
  measureRun,
  runNames,
} from "../test/parity/trainingCases.ts";
import type { Row } from "../test/parity/trainingCases.ts";

/** Prints a row for every golden number of training on a backend; false if one is off by more than its tolerance. */
export async function printParity([
  name = "native",
  part = "",
]: readonly string[]): Promise<boolean> {
  const backend = name === "float64" ? float64Backend() : (name as BackendName);
  const { mode } = await useBackend(backend);
  const cases = [
    ...blockNames.map((block) => [block, () => measureBlock(block)] as const),
    ...runNames.map((run) => [run, () => measureRun(run)] as const),
    ...Object.keys(combinations).map((name) => [name, () => measureCombination(name)] as const),
  ];
  let isFine = true;
  for (const [golden, measure] of cases) {
    if (!golden.includes(part)) continue;
    for (const row of await measure()) {
      isFine &&= row.error <= row.tolerance;
      process.stdout.write(`${line(row)}\n`);
    }
  }
  process.stdout.write(`\n${name}: ${mode}. error: |ours - golden| / |golden|\n`);
  return isFine;
}

function line({ golden, error, tolerance }: Row): string {
  const verdict = error <= tolerance ? "" : "  too far";
  return `${golden.padEnd(76)}  ${error.toExponential(1).padEnd(8)}  ${tolerance}${verdict}`;
}
