import type { Naming } from "./mapNames.ts";
import type { StateMatch } from "./matchState.ts";

/** What a model took from a checkpoint. */
export interface LoadReport extends Omit<StateMatch<unknown>, "used"> {
  /** Number of the model's tensors that were loaded. */
  readonly loaded: number;
}

/** The report of loading what has been matched. */
export function loadReport({ used, ...rest }: StateMatch<unknown>): LoadReport {
  return { loaded: used.size, ...rest };
}

/** A report in words: `232 of 232 weights, under "model", without "module" in their names`. */
export function describeLoad({ loaded, missing, ignored, naming }: LoadReport): string {
  const how = describeNaming(naming);
  const all = loaded + missing.length + ignored.length;
  return `${loaded} of ${all} weights${how === "" ? "" : `, ${how}`}`;
}

/** A mapping of names in words: `under "model", without "module" in their names`, or nothing. */
export function describeNaming({ under, without, unused }: Naming): string {
  return [
    ...(under === "" ? [] : [`under "${under}"`]),
    ...(without.length === 0 ? [] : [`without ${quoted(without)} in their names`]),
    ...(unused.length === 0 ? [] : [`those under ${quoted(unused)} are not used`]),
  ].join(", ");
}

/** Whether names were mapped, so that a user should know. */
export function isRenamed({ naming }: LoadReport): boolean {
  return naming.under !== "" || naming.without.length > 0;
}

function quoted(names: readonly string[]): string {
  const shown = names.slice(0, 3).map((name) => `"${name}"`);
  return [...shown, ...(names.length > 3 ? ["…"] : [])].join(" and ");
}
