import { accessSync, constants, existsSync, realpathSync, statSync } from "node:fs";
import type { BigIntStats } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { behindLinks, FileError, inspectTarget } from "@vidtok/files";

/** A file or folder that a command reads. */
export interface InputPath {
  /** What it is to the command, such as `the config`. */
  readonly what: string;
  readonly path: string;
}

/** All that a command reads and writes. */
export interface CommandPaths {
  readonly inputs: readonly InputPath[];
  /** Files that are created or replaced; their folders may have to be created first. */
  readonly outputs: readonly string[];
  /** Folders whose content may be replaced or removed. */
  readonly outputFolders?: readonly string[];
}

/**
 * Refuses outputs that are no regular files, outputs that are inputs, by whatever name or link, and
 * outputs that are the same file. `command` begins the messages. Called before any work.
 */
export function checkPaths(command: string, paths: CommandPaths): void {
  const { inputs, outputs, outputFolders = [] } = paths;
  for (const output of outputs) checkTarget(command, output);
  checkDistinct(command, outputs);
  checkInputs(command, inputs, outputs);
  for (const folder of outputFolders) checkOutside(command, inputs, folder);
}

function checkTarget(command: string, output: string): void {
  if (output !== "" && !existsSync(dirname(output))) return checkFolder(command, output);
  try {
    inspectTarget(output);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new Error(`${command}: ${error.message}`, { cause: error });
  }
}

/** Refuses an output whose missing folders cannot be created. */
function checkFolder(command: string, output: string): void {
  let folder = dirname(resolve(output));
  while (!existsSync(folder)) folder = dirname(folder);
  if (!statSync(folder).isDirectory()) {
    throw new Error(`${command}: ${output} cannot be written: ${folder} is a file, no folder`);
  }
  try {
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const reason = code === "EROFS" ? "is on a read-only file system" : "may not be written";
    throw new Error(`${command}: ${output} cannot be written: ${folder} ${reason} (${code})`, {
      cause,
    });
  }
}

function checkDistinct(command: string, outputs: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const output of outputs) {
    const file = identify(output) ?? placeOf(output);
    const other = seen.get(file);
    if (other !== undefined) {
      throw new Error(`${command}: ${other} and ${output} are the same file; give each its own`);
    }
    seen.set(file, output);
  }
}

function checkInputs(
  command: string,
  inputs: readonly InputPath[],
  outputs: readonly string[],
): void {
  const targets = new Map(outputs.map((output) => [identify(output), output]));
  targets.delete(undefined);
  // Most outputs are new files, and a folder may hold many videos.
  if (targets.size === 0) return;
  for (const { what, path } of inputs) {
    const output = targets.get(identify(path));
    if (output === undefined) continue;
    throw new Error(`${command}: ${output} is ${what} itself; give the result a name of its own`);
  }
}

function checkOutside(command: string, inputs: readonly InputPath[], folder: string): void {
  const forbidden = identify(folder);
  if (forbidden === undefined) return;
  for (const { what, path } of inputs) {
    for (let at = existsSync(path) ? realpathSync(path) : resolve(path); ; at = dirname(at)) {
      if (identify(at) === forbidden) {
        throw new Error(
          `${command}: ${what} ${path} is in ${folder}, where the command writes; move one of them`,
        );
      }
      if (at === dirname(at)) break;
    }
  }
}

/** What two names of one existing file have in common; undefined where there is no file. */
function identify(path: string): string | undefined {
  const stats = statOf(path);
  return stats && `${stats.dev}:${stats.ino}`;
}

function statOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    // It cannot be read either; opening it reports that.
    return undefined;
  }
}

/** The path of a file that does not exist yet, without links as far as its folders exist. */
function placeOf(path: string): string {
  const folder = dirname(resolve(path));
  return existsSync(folder) ? behindLinks(path) : join(placeOf(folder), basename(path));
}
