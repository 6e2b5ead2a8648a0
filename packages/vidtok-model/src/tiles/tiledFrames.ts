import { concat, slice } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";

type Range = readonly [start: number, end: number];

/** Frames `[n, c, t, h, w]` in tiles: rows of tensors that adjoin each other. */
export class TiledFrames {
  readonly #tiles: readonly (readonly Tensor[])[];

  constructor(tiles: readonly (readonly Tensor[])[]) {
    this.#tiles = tiles;
  }

  get height(): number {
    return this.#tiles.reduce((sum, [tile]) => sum + tile!.shape[3]!, 0);
  }

  get width(): number {
    return this.#tiles[0]!.reduce((sum, tile) => sum + tile.shape[4]!, 0);
  }

  /** The pixels of some rows and columns; a view where they are in one tile. */
  region([top, bottom]: Range, [left, right]: Range): Tensor {
    const rows = within(this.#tiles, [top, bottom], ([tile]) => tile!.shape[3]!);
    const bands = rows.map(({ part: row, from, to }) => {
      const columns = within(row, [left, right], (tile) => tile.shape[4]!);
      const pieces = columns.map(({ part: tile, from: first, to: last }) =>
        slice(slice(tile, 3, from, to), 4, first, last),
      );
      return joined(pieces, 4);
    });
    return joined(bands, 3);
  }

  /** All pixels. */
  whole(): Tensor {
    return this.region([0, this.height], [0, this.width]);
  }

  free(): void {
    for (const tile of this.#tiles.flat()) tile.free();
  }
}

/** The parts of an axis that lie in a range, and the positions of each that do. */
function within<T>(
  parts: readonly T[],
  [start, end]: Range,
  lengthOf: (part: T) => number,
): { readonly part: T; readonly from: number; readonly to: number }[] {
  let position = 0;
  return parts
    .map((part) => {
      const length = lengthOf(part);
      const from = Math.max(start - position, 0);
      const to = Math.min(end - position, length);
      position += length;
      return { part, from, to };
    })
    .filter(({ from, to }) => from < to);
}

function joined(pieces: readonly Tensor[], axis: number): Tensor {
  return pieces.length === 1 ? pieces[0]! : concat(pieces, axis);
}
