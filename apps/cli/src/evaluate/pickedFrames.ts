import { clipToFrames, frameImage } from "@vidtok/data";
import type { Clip, Image } from "@vidtok/data";
import { sheetIndices } from "../page/sheet.ts";
import type { SheetFrames } from "../page/sheet.ts";
import { framesFrom } from "../reconstruct/clips.ts";
import type { ReconstructedClip } from "./comparedClips.ts";

/** Some frames of a video with their reconstructions, copied as they pass. */
export class PickedFrames implements SheetFrames {
  readonly real: Image[] = [];
  readonly fake: Image[] = [];
  readonly #wanted: ReadonlySet<number>;
  #seen = 0;

  constructor(frames: number) {
    this.#wanted = new Set(sheetIndices(frames));
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
