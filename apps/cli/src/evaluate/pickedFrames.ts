import { clipToFrames, frameImage } from "@vidtok/data";
import type { Clip, Image } from "@vidtok/data";
import { framesFrom } from "../reconstruct/clips.ts";
import type { ReconstructedClip } from "./comparedClips.ts";

const MOST = 6;

/** Up to six frames of a video, from its first to its last in equal steps, with their reconstructions. */
export class PickedFrames {
  readonly real: Image[] = [];
  readonly fake: Image[] = [];
  readonly #wanted: ReadonlySet<number>;
  #seen = 0;

  constructor(frames: number) {
    const step = (frames - 1) / (MOST - 1);
    this.#wanted = new Set(Array.from({ length: MOST }, (_, i) => Math.round(i * step)));
  }

  /** Passes the clips of the video on, and copies what is wanted of them. */
  async *of(clips: AsyncIterable<ReconstructedClip>): AsyncGenerator<ReconstructedClip> {
    for await (const clip of clips) {
      for (let i = 0; i < clip.length && !clip.isRepeat; i++) {
        if (!this.#wanted.has(this.#seen++)) continue;
        this.real.push(picture(clip.real, i));
        this.fake.push(picture(clip.fake, i));
      }
      yield clip;
    }
  }
}

function picture(clip: Clip, index: number): Image {
  return frameImage(clipToFrames(framesFrom(clip, index, 1)), 0);
}
