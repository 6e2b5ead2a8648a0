import { weightFiles } from "@vidtok/metrics/weights";
import type { WeightFile, WeightSet } from "@vidtok/metrics/weights";
import { nearest } from "../args/nearest.ts";
import { UsageError } from "../args/usageError.ts";

const names = [...Object.keys(weightFiles), "all"];

/** What may follow `vidtok download`, as help shows it. */
export const shownSets = names.join("|");

/** The files of the named sets, each once. */
export function filesOf(sets: readonly string[]): readonly WeightFile[] {
  return [
    ...new Set(
      sets.flatMap((name) => {
        if (name === "all") return Object.values(weightFiles).flat();
        if (isSet(name)) return weightFiles[name];
        const near = nearest(name, names);
        throw new UsageError(
          `download: "${name}" is none of ${names.join(", ")}${near ? `; did you mean ${near}?` : ""}`,
        );
      }),
    ),
  ];
}

function isSet(name: string): name is WeightSet {
  return Object.hasOwn(weightFiles, name);
}
