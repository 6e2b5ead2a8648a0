import { CheckpointError } from "./checkpointError.ts";

/** How the names of a checkpoint's tensors differ from those of the model. */
export interface Naming {
  /** Where the weights are in the checkpoint, such as `model`; empty if at the top. */
  readonly under: string;
  /** Names of wrapper modules, such as `_orig_mod`, that were removed from the tensors' names. */
  readonly without: readonly string[];
  /** Other places that hold as many of the model's weights and are not used, such as `ema`. */
  readonly unused: readonly string[];
}

/** A checkpoint's tensors by the names of the model. */
export interface MappedNames<T> {
  readonly named: ReadonlyMap<string, T>;
  /** Tensors of the same place that the model lacks, by their names without wrappers. */
  readonly rest: readonly string[];
  readonly naming: Naming;
}

type Shape = readonly number[];

interface Shaped {
  readonly shape: Shape;
}

/** One reading of a tensor's name: a name of the model below a path, which may be empty. */
interface Reading {
  readonly under: string;
  readonly name: string;
}

interface Place<T> {
  readonly under: string;
  /** By the model's names; more than one tensor for a name makes the place ambiguous. */
  readonly found: Map<string, (readonly [string, T])[]>;
}

// Segments that wrapper modules put before the names of what they wrap, at any depth.
const wrappers: ReadonlySet<string> = new Set([
  "module", // DataParallel, DistributedDataParallel, AveragedModel
  "_orig_mod", // torch.compile
  "_forward_module", // Lightning Fabric
  "_fsdp_wrapped_module", // FullyShardedDataParallel
  "_checkpoint_wrapped_module", // activation checkpointing of torch.distributed
]);
const averages = /(^|[._])(ema|avg|swa|shadow|averaged?)([._]|$)/i;

/**
 * Finds the model's names among those of a checkpoint. Wrapper modules may have added segments to
 * them, and a training program a path in front. The path with most of the model's tensors is used,
 * moving averages only if nothing else fits. Throws if two paths or two tensors fit equally well.
 */
export function mapNames<T extends Shaped>(
  expected: ReadonlyMap<string, Shape>,
  entries: ReadonlyMap<string, T>,
  path: string,
): MappedNames<T> {
  if ([...expected.keys()].every((name) => entries.has(name))) return unchanged(expected, entries);
  const places = placesOf(expected, entries);
  const ranked = places
    .map((place) => ({ place, rank: rankOf(place, expected) }))
    .sort((a, b) => compare(a.rank, b.rank));
  const [best, second] = ranked;
  if (!best) return unchanged(expected, entries);
  if (second && compare(best.rank, second.rank) === 0) {
    const [a, b] = [best.place, second.place];
    throw new CheckpointError(
      path,
      undefined,
      `"${a.under}" and "${b.under}" both hold ${a.found.size} of the model's ${expected.size} weights; ` +
        `name the one to leave out in ignore_keys, such as "${b.under.replaceAll(".", "\\.")}\\."`,
    );
  }
  const { under, found } = best.place;
  const named = new Map<string, T>();
  const used = new Set<string>();
  for (const [name, [first, other]] of found) {
    if (other) {
      throw new CheckpointError(
        path,
        undefined,
        `${first![0]} and ${other[0]} are both ${name} of the model; name one of them in ignore_keys`,
      );
    }
    named.set(name, first![1]);
    used.add(first![0]);
  }
  const without = new Set([...used].flatMap((name) => wrappersIn(name)));
  const unused = ranked.slice(1).filter(({ place }) => place.found.size >= found.size);
  return {
    named,
    rest: restOf(entries, used, under),
    naming: { under, without: [...without], unused: unused.map(({ place }) => place.under) },
  };
}

/** Which of the model's names a checkpoint's name may stand for, wherever it is. */
export function readingsOf(expected: Iterable<string>): (name: string) => readonly Reading[] {
  const [byName, byDotless] = [new Map<string, string>(), new Map<string, string>()];
  const depths = new Set<number>();
  for (const name of expected) {
    const segments = segmentsOf(name);
    byName.set(segments.join("."), name);
    if (segments.length > 1) byDotless.set(segments.join(""), name);
    depths.add(segments.length);
  }
  return (name) => {
    const segments = segmentsOf(name);
    const readings: Reading[] = [];
    const add = (found: string | undefined, depth: number): void => {
      const under = segments.slice(0, -depth).join(".");
      if (found !== undefined) readings.push({ under, name: found });
    };
    for (const depth of depths) {
      if (depth <= segments.length) add(byName.get(segments.slice(-depth).join(".")), depth);
    }
    // The reference's moving averages are buffers, whose names may have no dots.
    if (segments.length > 1) add(byDotless.get(segments.at(-1)!.replaceAll("_orig_mod", "")), 1);
    return readings;
  };
}

function unchanged<T>(
  expected: ReadonlyMap<string, Shape>,
  entries: ReadonlyMap<string, T>,
): MappedNames<T> {
  const isExpected = ([name]: readonly [string, T]): boolean => expected.has(name);
  return {
    named: new Map([...entries].filter(isExpected)),
    rest: [...entries].filter((entry) => !isExpected(entry)).map(([name]) => name),
    naming: { under: "", without: [], unused: [] },
  };
}

function placesOf<T>(
  expected: ReadonlyMap<string, Shape>,
  entries: ReadonlyMap<string, T>,
): readonly Place<T>[] {
  const read = readingsOf(expected.keys());
  const places = new Map<string, Place<T>>();
  for (const entry of entries) {
    for (const { under, name } of read(entry[0])) {
      const place = places.get(under) ?? { under, found: new Map() };
      places.set(under, place);
      const tensors = place.found.get(name);
      if (tensors) tensors.push(entry);
      else place.found.set(name, [entry]);
    }
  }
  return [...places.values()];
}

// Compared number by number, the least first.
function rankOf<T extends Shaped>(
  { under, found }: Place<T>,
  expected: ReadonlyMap<string, Shape>,
): readonly number[] {
  const fits = [...found].filter(([name, tensors]) =>
    tensors.some(([, { shape }]) => shape.join() === expected.get(name)!.join()),
  );
  return [averages.test(under) ? 1 : 0, -fits.length, -found.size, under === "" ? 0 : 1];
}

function compare(a: readonly number[], b: readonly number[]): number {
  const differing = a.findIndex((value, i) => value !== b[i]);
  return differing < 0 ? 0 : a[differing]! - b[differing]!;
}

function restOf(
  entries: ReadonlyMap<string, unknown>,
  used: ReadonlySet<string>,
  under: string,
): readonly string[] {
  const prefix = under === "" ? "" : `${under}.`;
  return [...entries.keys()]
    .filter((name) => !used.has(name))
    .map((name) => segmentsOf(name).join("."))
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length));
}

function segmentsOf(name: string): string[] {
  return name.split(".").filter((segment) => !wrappers.has(segment));
}

function wrappersIn(name: string): readonly string[] {
  return name.split(".").filter((segment) => wrappers.has(segment));
}
