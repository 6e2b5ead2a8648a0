import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { replaceFile } from "./replaceFile.ts";

/** A file of scalars, one line of JSON for each call of `write`: `{"step":1,"train/rec_loss":0.5}`. */
export class MetricsLog {
  readonly #path: string;

  /** Goes on after `step`: lines of later steps, which a resumed run writes again, are dropped. */
  constructor(path: string, step: number) {
    this.#path = path;
    if (existsSync(path)) replaceFile(path, linesUpTo(step, readFileSync(path, "utf8")));
  }

  /** Adds a line; `prefix` and a slash are put in front of every name. */
  write(step: number, prefix: string, scalars: ReadonlyMap<string, number>): void {
    const named = [...scalars].map(([name, value]) => [`${prefix}/${name}`, value] as const);
    const line = { step, ...Object.fromEntries(named) };
    appendFileSync(this.#path, `${JSON.stringify(line)}\n`);
  }
}

// A line that was cut off when a run was ended is no JSON; it is dropped too.
function linesUpTo(step: number, text: string): string {
  const isKept = (line: string): boolean => {
    try {
      return (JSON.parse(line) as { step: number }).step <= step;
    } catch {
      return false;
    }
  };
  return text
    .split("\n")
    .filter(isKept)
    .map((line) => `${line}\n`)
    .join("");
}
