import type { Target } from "./target.ts";

/** What a worker process is to do. */
export interface Job {
  readonly target: string;
  readonly seed: number;
  readonly seconds: number;
  /** A folder of its own. */
  readonly folder: string;
}

/**
 * What a worker sends: a failure, whose input it leaves in its folder, or the number of runs at its
 * end.
 */
export type News =
  | {
      readonly kind: "failure";
      readonly shape: string;
      readonly message: string;
      readonly input: string;
    }
  | { readonly kind: "done"; readonly runs: number };

/** The file that holds the input of the run at hand. */
export function inputFile({ folder }: Job, { ending }: Target): string {
  return `${folder}/input${ending}`;
}

/** The file that holds the number of the run at hand, as 8 bytes. */
export function beatFile({ folder }: Job): string {
  return `${folder}/beat`;
}
