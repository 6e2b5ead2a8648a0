import { statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { UsageError } from "../args/usageError.ts";
import type { Io } from "../terminal/io.ts";
import { writeWhole } from "../wholeFile.ts";

/** Where JSON and CSV go: nowhere, to stdout, which is `true`, or to a file. */
export interface Outputs {
  readonly json: boolean | string;
  readonly csv: boolean | string;
}

/** A result in every form, made when it is needed. */
export type Forms = Readonly<Record<"json" | "csv" | "table", () => string>>;

const kinds = ["json", "csv"] as const;

/** Refuses outputs that cannot be, before hours are spent on what goes there. */
export function checkOutputs(command: string, outputs: Outputs): void {
  if (outputs.json === true && outputs.csv === true) {
    throw new UsageError(
      `${command}: --csv and --json exclude each other on stdout; name a file for one`,
    );
  }
  for (const kind of kinds) {
    const path = outputs[kind];
    if (typeof path !== "string") continue;
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
      throw new UsageError(`--${kind}: ${path} is a folder`);
    }
  }
}

/** Writes the files that are wanted, and prints what is wanted on stdout: the table unless it is JSON or CSV. */
export async function writeOutputs(io: Io, outputs: Outputs, forms: Forms): Promise<void> {
  for (const kind of kinds) {
    const path = outputs[kind];
    if (typeof path !== "string") continue;
    await mkdir(dirname(path), { recursive: true });
    await writeWhole(path, forms[kind]());
  }
  const shown = kinds.find((kind) => outputs[kind] === true) ?? "table";
  io.stdout.write(forms[shown]());
}
