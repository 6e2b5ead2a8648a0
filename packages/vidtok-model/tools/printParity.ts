import { useBackend } from "@vidtok/tensor";
import type { BackendName } from "@vidtok/tensor";
import { referenceBackend } from "@vidtok/tensor/testing";
import { parityCases } from "../test/parity/cases.ts";
import type { Row } from "../test/parity/row.ts";

const wide = 68;

/** Prints a row for every golden on a backend; false if one is off by more than its tolerance. */
export async function printParity([
  name = "native",
  part = "",
]: readonly string[]): Promise<boolean> {
  const { mode } = await useBackend(
    name === "reference" ? referenceBackend() : (name as BackendName),
  );
  const write = (text: string): boolean => process.stdout.write(`${text}\n`);
  write(`${"golden".padEnd(wide)}  ${"backend".padEnd(8)}  ${"error".padEnd(8)}  tolerance`);
  let isFine = true;
  for (const golden of parityCases()) {
    if (!golden.name.includes(part)) continue;
    for (const row of await golden.measure()) {
      isFine &&= row.error <= row.tolerance;
      write(line(row, name));
    }
  }
  write(`\n${name}: ${mode}. error: max |ours - golden| / max |golden|`);
  return isFine;
}

function line({ golden, error, tolerance }: Row, backend: string): string {
  const number = (value: number): string =>
    value === 0 ? "0" : Number.isFinite(value) ? value.toExponential(1) : "none";
  const verdict = error <= tolerance ? "" : "  too far";
  return (
    `${golden.padEnd(wide)}  ${backend.padEnd(8)}  ${number(error).padEnd(8)}  ` +
    `${number(tolerance)}${verdict}`
  );
}
