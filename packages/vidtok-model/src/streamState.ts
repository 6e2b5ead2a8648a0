import type { Past } from "./layers/past.ts";

/** Where a causal model's encoder or decoder stopped in a video: the last frames that its layers have seen. One call can go on from it. */
export class StreamState {
  #pasts: readonly Past[] | undefined;

  constructor(pasts: readonly Past[]) {
    this.#pasts = pasts;
  }

  /** What each segment has seen, for the call that goes on. */
  take(): readonly Past[] {
    const pasts = this.#pasts;
    this.#pasts = undefined;
    if (pasts) return pasts;
    throw new Error(
      "stream: this state has been used up; go on with the one that the call before returned",
    );
  }

  /** Gives its memory back, where a video ends or is given up. */
  free(): void {
    for (const past of this.#pasts ?? []) past.free();
    this.#pasts = undefined;
  }
}
