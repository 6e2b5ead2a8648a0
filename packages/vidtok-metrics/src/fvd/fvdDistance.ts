import { FEATURES } from "./clipSize.ts";
import type { FeatureStatistics } from "./featureStatistics.ts";
import { frechetDistance } from "./frechetDistance.ts";

/** The Fréchet video distance of two sets, and what it was found from. */
export interface FvdDistance {
  readonly value: number;
  /** What of the sets decides the value; statistics can be saved and given to `fvd` in place of their videos. */
  readonly statistics: { readonly reals: FeatureStatistics; readonly fakes: FeatureStatistics };
  /** Why the value is not to be relied on; empty where nothing speaks against it. */
  readonly warnings: readonly string[];
}

/** The distance of two sets of I3D features. */
export function fvdDistance(statistics: FvdDistance["statistics"]): FvdDistance {
  const warnings = Object.entries(statistics)
    .filter(([, { count }]) => count <= FEATURES)
    .map(
      ([name, { count }]) =>
        `${count} ${name} do not fill a covariance of ${FEATURES} features: compare only with values from as many videos`,
    );
  return { value: frechetDistance(statistics.reals, statistics.fakes), statistics, warnings };
}
