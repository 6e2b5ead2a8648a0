import type { Measured } from "../metrics/totals.ts";

/** Pictures of a video in a report. */
export interface Sheet {
  readonly label: "best" | "median" | "worst";
  readonly video: string;
  /** Original frames, compared frames and their difference, in three rows. */
  readonly png: Uint8Array;
}

/** What a page shows. */
export interface Report {
  readonly title: string;
  readonly measured: Measured;
  /** Videos that are left out, and why. */
  readonly broken: readonly { readonly name: string; readonly reason: string }[];
  readonly sheets: readonly Sheet[];
  /** All that the numbers depend on. */
  readonly settings: object;
}
