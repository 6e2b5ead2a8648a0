import type { Fit } from "@vidtok/data";
import { UsageError } from "../args/usageError.ts";

/** The flags that say how frames become those of a clip. */
export interface FitFlags {
  readonly fit: Fit["fit"];
  readonly input_height: number | undefined;
  readonly input_width: number | undefined;
}

const SIDE = 256;

/** How frames become those of a clip; refuses a size next to `--fit native`. */
export function requestedFit({ fit, ...sizes }: FitFlags): Fit {
  if (fit !== "native") {
    const { input_height: height = SIDE, input_width: width = SIDE } = sizes;
    return { fit, height, width };
  }
  for (const name of ["input_height", "input_width"] as const) {
    if (sizes[name] !== undefined) {
      throw new UsageError(`--fit native keeps the size of frames; leave --${name} out`);
    }
  }
  return { fit };
}
