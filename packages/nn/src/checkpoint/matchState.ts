import { CheckpointError } from "./checkpointError.ts";

/** How a model's tensors and a checkpoint's entries correspond. */
export interface StateMatch<T> {
  /** Entries the model takes, by name, in the model's order. */
  readonly used: ReadonlyMap<string, T>;
  /** Names the model has and the checkpoint lacks. */
  readonly missing: readonly string[];
  /** Names the checkpoint has and the model lacks, without the ignored ones. */
  readonly unexpected: readonly string[];
}

/** Options of `matchState`. */
export interface MatchOptions {
  /** Regular expressions; entries whose name matches one from its start on are left out. Default none. */
  readonly ignoreKeys?: readonly string[];
  /** The file named in errors. Default "state dict". */
  readonly path?: string;
}

/** Pairs names; a shape that differs is an error, names on one side only are reported. */
export function matchState<T extends { readonly shape: readonly number[] }>(
  expected: ReadonlyMap<string, readonly number[]>,
  entries: ReadonlyMap<string, T>,
  { ignoreKeys = [], path = "state dict" }: MatchOptions = {},
): StateMatch<T> {
  const ignored = ignoreKeys.map((pattern) => new RegExp(`^(?:${pattern})`));
  const kept = new Map([...entries].filter(([name]) => !ignored.some((regex) => regex.test(name))));
  const used = new Map<string, T>();
  const missing: string[] = [];
  const mismatches: string[] = [];
  for (const [name, shape] of expected) {
    const entry = kept.get(name);
    if (!entry) missing.push(name);
    else if (entry.shape.join() === shape.join()) used.set(name, entry);
    else
      mismatches.push(
        `${name} is [${entry.shape.join(", ")}] but the model takes [${shape.join(", ")}]`,
      );
  }
  if (mismatches.length > 0) {
    const more = mismatches.length > 1 ? `; so do ${mismatches.length - 1} more tensors` : "";
    throw new CheckpointError(path, undefined, `${mismatches[0]}${more}`);
  }
  const unexpected = [...kept.keys()].filter((name) => !expected.has(name));
  return { used, missing, unexpected };
}
