import { ShapeError } from "@vidtok/tensor";
import type { Parts } from "./tiles/parts.ts";
import { freeStates } from "./tiles/segmentState.ts";
import type { SegmentState } from "./tiles/segmentState.ts";

/** Batch, height and width of the frames of a stream. */
export type FrameSize = readonly [batch: number, height: number, width: number];

/**
 * Where a causal model's encoder or decoder stopped in a video: the last frames that its layers
 * have seen. One call can continue from it.
 */
export class StreamState {
  /** In which parts the video is computed. */
  readonly parts: Parts;
  readonly #half: object;
  readonly #size: FrameSize;
  #states: readonly SegmentState[] | undefined;

  /** `half`: the encoder or decoder whose segments the states belong to. */
  constructor(half: object, size: FrameSize, parts: Parts, states: readonly SegmentState[]) {
    this.parts = parts;
    this.#half = half;
    this.#size = size;
    this.#states = states;
  }

  /** The state of each segment, for the call that continues with frames of `size`. */
  take(half: object, size: FrameSize): readonly SegmentState[] {
    const states = this.#states;
    if (!states) {
      throw new Error(
        "stream: this state has been used up; continue with the one that the call before returned",
      );
    }
    if (half !== this.#half) {
      throw new Error(
        "stream: this state belongs to another model, or to the other half of this one; " +
          "continue with the one that the same method of this model returned",
      );
    }
    if (size.some((length, i) => length !== this.#size[i])) {
      throw new ShapeError(
        `stream: ${shown(size)} cannot continue a video of ${shown(this.#size)}; ` +
          "begin another one without a state",
      );
    }
    this.#states = undefined;
    return states;
  }

  /** Frees its memory, where a video ends or is given up. */
  free(): void {
    freeStates(this.#states ?? []);
    this.#states = undefined;
  }
}

function shown([batch, height, width]: FrameSize): string {
  return `${batch} x ${height} x ${width} (batch, height, width)`;
}
