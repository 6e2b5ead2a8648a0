/** One video packet, as far as finding frames needs it; times in units of the stream's time base. */
export interface Packet {
  readonly pts: number;
  readonly dts: number;
  readonly isKey: boolean;
}

/** A frame that decoding can start from. */
export interface KeyFrame {
  /** Its place in display order. */
  readonly index: number;
  /** The time to ask a demuxer for to land on it, in seconds from zero. */
  readonly seek: number;
}

/** When each frame is shown, and where decoding can start. */
export interface Timeline {
  /** Presentation times in display order, in ticks; null where frames are counted instead. */
  readonly pts: Float64Array | null;
  readonly keys: readonly KeyFrame[];
}

/** A timeline with times. */
export interface TimedFrames extends Timeline {
  readonly pts: Float64Array;
}

/** A timeline without times: frames are counted from the start of the file. */
export const uncounted: Timeline = { pts: null, keys: [] };

/** The timeline of a stream's shown packets, or null if their times are missing or not distinct. */
export function timelineOf(packets: readonly Packet[], secondsPerTick: number): TimedFrames | null {
  const sorted = [...packets].sort((a, b) => a.pts - b.pts);
  const pts = Float64Array.from(sorted, (packet) => packet.pts);
  for (let i = 0; i < pts.length; i++) {
    if (!Number.isFinite(pts[i]!) || pts[i] === pts[i - 1]) return null;
  }
  const keyed = sorted.flatMap((packet, index) => (packet.isKey ? [{ packet, index }] : []));
  const keys = keyed.map(({ packet, index }, k): KeyFrame => {
    // Some demuxers index by dts, some by pts. The pts serves both unless the next key frame is
    // decoded before this one is shown; then the dts does, at worst a key frame early.
    const next = keyed[k + 1]?.packet.dts ?? Infinity;
    const ticks = next > packet.pts || !Number.isFinite(packet.dts) ? packet.pts : packet.dts;
    return { index, seek: ticks * secondsPerTick };
  });
  return { pts, keys };
}

/** Frames, in display order, that one decoder run delivers. */
export interface Segment {
  readonly indices: readonly number[];
  /** Where to start, in seconds; undefined for the start of the file. */
  readonly seek: number | undefined;
}

// Starting a decoder costs about as much as decoding this many small frames.
const worthSeeking = 24;
// Keeps the frame list within the shortest command line of any platform (32 kB on Windows).
const mostTerms = 800;

/** Splits ascending distinct frame indices so that a seek replaces decoding where it pays. */
export function planSegments(timeline: Timeline, indices: readonly number[]): Segment[] {
  const segments: { indices: number[]; seek: number | undefined }[] = [];
  let previous = -1;
  let terms = 0;
  for (const index of indices) {
    const key = keyBefore(timeline.keys, index);
    const skipped = (key?.index ?? 0) - previous - 1;
    const current = segments.at(-1);
    if (index !== previous + 1) terms++;
    if (current === undefined || terms > mostTerms || skipped >= worthSeeking) {
      const seek = key !== undefined && key.index > 0 && key.seek > 0 ? key.seek : undefined;
      segments.push({ indices: [index], seek });
      terms = 1;
    } else {
      current.indices.push(index);
    }
    previous = index;
  }
  return segments;
}

function keyBefore(keys: readonly KeyFrame[], index: number): KeyFrame | undefined {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keys[middle]!.index <= index) low = middle + 1;
    else high = middle;
  }
  return keys[low - 1];
}

/** ffmpeg's `select` expression for the frames at `indices`, consecutive ones as one range. */
export function selectExpression(timeline: Timeline, indices: readonly number[]): string {
  const name = timeline.pts === null ? "n" : "pts";
  const at = (index: number): number => timeline.pts?.[index] ?? index;
  const terms: string[] = [];
  for (let i = 0; i < indices.length; i++) {
    const first = i;
    while (indices[i + 1] === indices[i]! + 1) i++;
    const [from, to] = [at(indices[first]!), at(indices[i]!)];
    terms.push(from === to ? `eq(${name},${from})` : `between(${name},${from},${to})`);
  }
  return terms.join("+");
}
