import type { Io } from "./io.ts";
import { printable, printableJson } from "./printable.ts";

/** Prints a result on stdout: one JSON object with `json`, else aligned `name  value` lines. */
export function printResult(
  io: Io,
  isJson: boolean,
  data: object,
  lines: readonly (readonly [name: string, value: string])[],
): void {
  if (isJson) {
    io.stdout.write(`${printableJson(data)}\n`);
    return;
  }
  const shown = lines.map((line) => line.map(printable) as [name: string, value: string]);
  const width = Math.max(...shown.map(([name]) => name.length));
  io.stdout.write(shown.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join(""));
}
