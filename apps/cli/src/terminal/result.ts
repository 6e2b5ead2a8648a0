import type { Io } from "./io.ts";

/** Prints a result on stdout: one JSON object with `json`, else aligned `name  value` lines. */
export function printResult(
  io: Io,
  isJson: boolean,
  data: object,
  lines: readonly (readonly [name: string, value: string])[],
): void {
  if (isJson) {
    io.stdout.write(`${JSON.stringify(data, null, 2)}\n`);
    return;
  }
  const width = Math.max(...lines.map(([name]) => name.length));
  io.stdout.write(lines.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join(""));
}
