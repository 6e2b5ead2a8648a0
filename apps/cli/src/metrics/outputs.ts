import { accessSync, constants, existsSync, statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { replaceFile } from "@vidtok/files";
import { UsageError } from "../args/usageError.ts";
import type { Report } from "../page/report.ts";
import { pagePath, writePage } from "../page/writePage.ts";
import type { Io } from "../terminal/io.ts";

/** Where results go. */
export interface Outputs {
  /** Nowhere, to stdout, which is `true`, or to a file. */
  readonly json: boolean | string;
  readonly csv: boolean | string;
  /** A folder for a page; undefined for none. */
  readonly report: string | undefined;
}

/** A result in every form, made when it is needed. */
export interface Forms extends Readonly<Record<"json" | "csv" | "table", () => string>> {
  readonly report: () => Promise<Report>;
}

const kinds = ["json", "csv"] as const;

/** The files that results go to. */
export function outputPaths({ json, csv, report }: Outputs): readonly string[] {
  const page = report === undefined ? [] : [pagePath(report)];
  return [...[json, csv].filter((path) => typeof path === "string"), ...page];
}

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
    checkFolder(kind, dirname(path));
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
      throw new UsageError(`--${kind}: ${path} is a folder`);
    }
  }
  if (outputs.report !== undefined) checkFolder("report", outputs.report);
}

/** Refuses a folder that is not there and cannot be made, or cannot be written. */
function checkFolder(flag: string, folder: string): void {
  let there = resolve(folder);
  while (!existsSync(there)) there = dirname(there);
  if (!statSync(there).isDirectory()) {
    throw new UsageError(`--${flag}: ${there} is a file, needed a folder`);
  }
  try {
    accessSync(there, constants.W_OK);
  } catch {
    throw new UsageError(`--${flag}: ${there} cannot be written`);
  }
}

/** Prints what is wanted on stdout, the table unless it is JSON or CSV, and then writes the files, so that a full disk takes no numbers. */
export async function writeOutputs(io: Io, outputs: Outputs, forms: Forms): Promise<void> {
  const shown = kinds.find((kind) => outputs[kind] === true) ?? "table";
  io.stdout.write(forms[shown]());
  if (outputs.report !== undefined) await writePage(outputs.report, await forms.report());
  for (const kind of kinds) {
    const path = outputs[kind];
    if (typeof path !== "string") continue;
    await mkdir(dirname(path), { recursive: true });
    await replaceFile(path, forms[kind]());
  }
}
