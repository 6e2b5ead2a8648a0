import { ConfigError } from "./value.ts";

/** Where a value of a yaml text starts, and where the values below it do, by key or index. */
export interface Place {
  readonly offset: number;
  readonly below?: ReadonlyMap<string, Place>;
}

/** One yaml text that a config is made of: a file, or the value of an override. */
export interface Source {
  /** The file's path, or the override as it was given. */
  readonly where: string;
  readonly text: string;
}

/** A source with the place of its root. */
export interface ParsedSource extends Source {
  readonly root: Place;
}

/** `<where>:<line>:<column>` of an offset into a text; lines and columns count from 1. */
export function position({ where, text }: Source, offset: number): string {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return `${where}:${line}:${offset - before.lastIndexOf("\n")}`;
}

/** An error that stands at an offset of a text. */
export function errorAt(source: Source, offset: number, reason: string): ConfigError {
  return new ConfigError(`config: ${position(source, offset)}: ${reason}`);
}

/**
 * Runs `make`, and says in a ConfigError that names a `path` where that path was written: in the
 * last source that has it or, failing that, the longest part of it.
 */
export function withPositions<T>(sources: readonly ParsedSource[], make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof ConfigError) || error.path === undefined) throw error;
    const position = positionOf(error.path, sources);
    if (position === undefined) throw error;
    throw new ConfigError(error.message.replace(/^config: /, `config: ${position}: `), {
      cause: error,
    });
  }
}

function positionOf(path: string, sources: readonly ParsedSource[]): string | undefined {
  const keys = path === "" ? [] : path.split(".");
  let best:
    { readonly source: Source; readonly offset: number; readonly length: number } | undefined;
  for (const source of sources) {
    let place: Place | undefined = source.root;
    let length = 0;
    while (place !== undefined) {
      if (length >= (best?.length ?? 0)) best = { source, offset: place.offset, length };
      const key: string | undefined = keys[length++];
      place = key === undefined ? undefined : place.below?.get(key);
    }
  }
  return best && position(best.source, best.offset);
}
