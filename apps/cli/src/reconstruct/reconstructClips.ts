import type { Clip } from "@vidtok/data";
import { ahead } from "./ahead.ts";
import { clamped, joinInTime, lastFrames } from "./clips.ts";

/** What reconstruction needs of a tokenizer. */
export interface Reconstructor {
  readonly isCausal: boolean;
  readonly timeDownsampleFactor: number;
  /** Encodes and decodes `[3, t, h, w]`; the result may have fewer frames. */
  forward(clip: Clip): Promise<Clip>;
}

/** A clip and what the tokenizer makes of it, both in [-1, 1] and equally long. */
export interface Reconstruction {
  readonly input: Clip;
  readonly output: Clip;
}

/**
 * Reconstructs clips one after the other: while the caller works on one, the next is being computed and the one after it read. With `padGenFrames` a causal tokenizer sees, in front of each clip but the
 * first, the last frames it generated, instead of copies of the clip's first frame.
 */
export function reconstructClips(
  model: Reconstructor,
  clips: AsyncIterable<Clip>,
  padGenFrames: boolean,
): AsyncGenerator<Reconstruction> {
  return ahead(computeClips(model, ahead(clips), padGenFrames));
}

async function* computeClips(
  model: Reconstructor,
  clips: AsyncIterable<Clip>,
  padGenFrames: boolean,
): AsyncGenerator<Reconstruction> {
  const overlap = padGenFrames && model.isCausal ? model.timeDownsampleFactor - 1 : 0;
  let before: Clip | undefined;
  for await (const clip of clips) {
    const frames = clip.shape[1];
    const whole = await model.forward(before === undefined ? clip : joinInTime(before, clip));
    if (whole.shape[1] < frames) {
      throw new RangeError(
        `reconstruct: ${frames} frames went in and ${whole.shape[1]} came out; the time stride is ${model.timeDownsampleFactor}`,
      );
    }
    const output = clamped(lastFrames(whole, frames));
    if (overlap > 0) before = lastFrames(output, overlap);
    yield { input: clamped(clip), output };
  }
}
