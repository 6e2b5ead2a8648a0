import type { Clip } from "@vidtok/data";
import { CLIP } from "../metrics/fvdClips.ts";
import type { ComparedClip } from "../metrics/measureVideo.ts";
import { framesFrom, joinInTime } from "../reconstruct/clips.ts";
import type { Reconstruction } from "../reconstruct/reconstructClips.ts";

/** Frames in [-1, 1] and what a tokenizer made of them. */
export interface ReconstructedClip extends ComparedClip {
  readonly real: Clip;
  readonly fake: Clip;
}

/**
 * The clips of a model, as long as it takes them, as clips of 16 frames: first the video's own `frames`, as if they had never been cut,
 * then the repeats that filled up the last clip.
 */
export async function* comparedClips(
  pairs: AsyncIterable<Reconstruction>,
  frames: number,
): AsyncGenerator<ReconstructedClip> {
  let rest: Reconstruction | undefined;
  let left = frames;
  for await (const pair of pairs) {
    const length = pair.input.shape[1];
    const own = Math.min(left, length);
    left -= own;
    rest = joined(rest, cut(pair, 0, own));
    while (rest !== undefined && (left === 0 || rest.input.shape[1] >= CLIP)) {
      const there: number = rest.input.shape[1];
      const count = Math.min(CLIP, there);
      yield compared(cut(rest, 0, count), false);
      rest = there > count ? cut(rest, count, there - count) : undefined;
    }
    for (let first = own; first < length; first += CLIP) {
      yield compared(cut(pair, first, Math.min(CLIP, length - first)), true);
    }
  }
}

function cut({ input, output }: Reconstruction, first: number, count: number): Reconstruction {
  return { input: framesFrom(input, first, count), output: framesFrom(output, first, count) };
}

function joined(before: Reconstruction | undefined, pair: Reconstruction): Reconstruction {
  if (before === undefined) return pair;
  return {
    input: joinInTime(before.input, pair.input),
    output: joinInTime(before.output, pair.output),
  };
}

function compared({ input, output }: Reconstruction, isRepeat: boolean): ReconstructedClip {
  return { real: input, fake: output, length: input.shape[1], isRepeat };
}
