import type { Shape, SizingBackend } from "@vidtok/tensor";
import type { Segment } from "../layers/segment.ts";
import { haloOf } from "../layers/stage.ts";
import { segmentUse } from "./segmentUse.ts";
import type { Feeding, SegmentUse } from "./segmentUse.ts";
import { tileSpans } from "./tileSpans.ts";

/** The tiles in which a group of frames is computed, and what that takes. */
export interface GroupUse {
  /** The most pixels of a tile's height and width in each segment. */
  readonly edges: readonly number[];
  /** Bytes of tensors at the most, without the group itself. */
  readonly bytes: number;
  /** Values that segments pass on, times the share of pixels that are computed in halos, too. */
  readonly work: number;
}

interface Choice {
  readonly edge: number;
  readonly bytes: number;
  readonly work: number;
}

const edges = [2048, 1536, 1024, 768, 512, 384, 256, 192, 128, 96, 64];

/**
 * The largest tiles of each segment for frames of a shape `[n, c, t, h, w]` with which the tensors
 * take at most `room` bytes, or those that take least.
 */
export function groupUse(
  segments: readonly Segment[],
  shape: Shape,
  feeding: Feeding,
  room: number,
  sizing: SizingBackend,
): GroupUse {
  const inputs = [shape];
  const whole = segments.map((segment, i) => {
    const use = segmentUse(segment, inputs[i]!, feeding, sizing);
    inputs.push(use.outputShape);
    return use;
  });
  const kept = feeding === "part of a video" ? whole.map(({ cache }) => cache) : [];
  const caches = kept.reduce((sum, bytes) => sum + bytes, 0);
  let isTiled = false;
  const chosen = segments.map((segment, i): Choice => {
    const use = whole[i]!;
    // The group's own pixels are there already; others are put together again if they are in tiles.
    const input = i === 0 ? -use.input : isTiled ? use.input : 0;
    const others = caches - (kept[i] ?? 0);
    let choice: Choice = { edge: Infinity, bytes: use.peak + input + others, work: use.output };
    for (const edge of tileEdges(segment, inputs[i]!, use.outputShape)) {
      if (choice.bytes <= room) break;
      const tiled = tiledUse(segment, inputs[i]!, edge, feeding, use, sizing);
      const frames = (i === 0 ? 0 : use.input) + use.output;
      const bytes = tiled.bytes + frames + others;
      if (bytes < choice.bytes) choice = { edge, bytes, work: tiled.work * use.output };
    }
    isTiled = choice.edge !== Infinity;
    return choice;
  });
  return {
    edges: chosen.map(({ edge }) => edge),
    bytes: Math.max(...chosen.map(({ bytes }) => bytes)),
    work: chosen.reduce((sum, { work }) => sum + work, 0),
  };
}

/** Edges of tiles that a segment can have and that are smaller than its frames. */
function tileEdges({ stages }: Segment, input: Shape, output: Shape): readonly number[] {
  if (haloOf(stages) === Infinity) return [];
  const longest = Math.max(...input.slice(3), ...output.slice(3));
  return edges.filter((edge) => edge < longest);
}

/** Bytes of the largest tile, with what the others keep; and how many pixels tiles have in all. */
function tiledUse(
  segment: Segment,
  shape: Shape,
  edge: number,
  feeding: Feeding,
  whole: SegmentUse,
  sizing: SizingBackend,
): { readonly bytes: number; readonly work: number } {
  const [n, c, t, height, width] = shape as [number, number, number, number, number];
  const rows = lengths(height, edge, segment);
  const columns = lengths(width, edge, segment);
  const tile = [n, c, t, Math.max(...rows), Math.max(...columns)];
  const use = segmentUse(segment, tile, feeding, sizing);
  const work = (sum(rows) * sum(columns)) / (height * width);
  const otherCaches = feeding === "part of a video" ? work * whole.cache - use.cache : 0;
  // The result is copied without its halo.
  const copying = use.input + 2 * use.output + use.cache;
  return { bytes: Math.max(use.peak, copying) + otherCaches, work };
}

/** Rows or columns of each tile with its halo. */
function lengths(length: number, edge: number, { stages }: Segment): number[] {
  return tileSpans(length, edge, stages).map(({ from, to }) => to - from);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
