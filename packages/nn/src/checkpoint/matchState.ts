import { CheckpointError } from "./checkpointError.ts";
import { PatternError } from "../pattern/patternError.ts";
import { Patterns } from "../pattern/patterns.ts";
import { listNames } from "./listNames.ts";
import { mapNames, readingsOf, type Naming } from "./mapNames.ts";

/** How a model's tensors and a checkpoint's entries correspond. */
export interface StateMatch<T> {
  /** Entries the model takes, by the model's names and in its order. */
  readonly used: ReadonlyMap<string, T>;
  /** Names the model has and the checkpoint lacks. */
  readonly missing: readonly string[];
  /** Names that both have and `ignoreKeys` leaves out. */
  readonly ignored: readonly string[];
  /** Names beside the used ones that the model lacks, without the ignored ones. */
  readonly unexpected: readonly string[];
  readonly naming: Naming;
}

/** Options of `matchState`. */
export interface MatchOptions {
  /**
   * Regular expressions in Python's syntax, without lookaround and backreferences; entries whose
   * name in the file or in the model matches one from its start on are left out. Default none.
   */
  readonly ignoreKeys?: readonly string[];
  /** The file named in errors. Default "state dict". */
  readonly path?: string;
}

/**
 * Pairs names, also those to which a wrapper such as `torch.compile` has added segments; names on
 * one side only are reported. Throws if a shape differs, no name fits, or names fit in two ways.
 */
export function matchState<T extends { readonly shape: readonly number[] }>(
  expected: ReadonlyMap<string, readonly number[]>,
  entries: ReadonlyMap<string, T>,
  { ignoreKeys = [], path = "state dict" }: MatchOptions = {},
): StateMatch<T> {
  const isIgnored = nameFilter(ignoreKeys, path);
  const kept = new Map([...entries].filter(([name]) => !isIgnored(name)));
  const { named, rest, naming } = mapNames(expected, kept, path);
  const dropped = namesIn(expected, [...entries.keys()].filter(isIgnored));

  const used = new Map<string, T>();
  const [missing, ignored, mismatches]: [string[], string[], string[]] = [[], [], []];
  for (const [name, shape] of expected) {
    const entry = named.get(name);
    if (entry ? isIgnored(name) : dropped.has(name)) ignored.push(name);
    else if (!entry) missing.push(name);
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
  if (used.size + ignored.length === 0 && expected.size > 0) {
    throw noneFits([...entries.keys()], [...expected.keys()], path);
  }
  return { used, missing, ignored, unexpected: rest.filter((name) => !isIgnored(name)), naming };
}

/**
 * Whether one of the patterns matches the start of a name; what a pattern lacks is the file's
 * error.
 */
function nameFilter(ignoreKeys: readonly string[], path: string): (name: string) => boolean {
  const guarded = <T>(run: () => T): T => {
    try {
      return run();
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      throw new CheckpointError(path, undefined, `ignore keys: ${error.message}`, { cause: error });
    }
  };
  const patterns = guarded(() => new Patterns(ignoreKeys));
  return (name) => guarded(() => patterns.test(name));
}

function namesIn(expected: ReadonlyMap<string, unknown>, names: readonly string[]): Set<string> {
  if (names.length === 0) return new Set();
  const read = readingsOf(expected.keys());
  return new Set(names.flatMap((name) => read(name).map((reading) => reading.name)));
}

function noneFits(found: readonly string[], wanted: readonly string[], path: string): Error {
  const tensors = `${found.length} tensors${found.length === 0 ? "" : ` (${listNames(found)})`}`;
  return new CheckpointError(
    path,
    undefined,
    `none of its ${tensors} is one of the model's ${wanted.length} (${listNames(wanted)}); ` +
      "choose a checkpoint of this model",
  );
}
