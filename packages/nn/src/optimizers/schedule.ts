/** What the learning rate is multiplied with at a step, counted from 0. */
export type Schedule = (step: number) => number;

/** Options of `warmupCosine`. */
export interface WarmupCosineOptions {
  /** Steps in which the factor rises; 0 for none. */
  readonly warmupSteps: number;
  /** The step at which the factor has fallen to `floor`, where it stays. */
  readonly totalSteps: number;
  /** The last factor; default 0. */
  readonly floor?: number;
}

/** The same learning rate at every step. */
export const constantSchedule: Schedule = () => 1;

/**
 * Linear warm-up to 1, (step + 1) / warmupSteps, then cosine decay (Loshchilov & Hutter 2017):
 * floor + (1 − floor)(1 + cos(π · progress)) / 2. The first step already learns.
 */
export function warmupCosine(options: WarmupCosineOptions): Schedule {
  const { warmupSteps, totalSteps, floor = 0 } = options;
  if (!(warmupSteps >= 0 && warmupSteps < totalSteps)) {
    throw new RangeError(
      `warmupCosine: ${warmupSteps} steps of warm-up in ${totalSteps} leave none to decay in`,
    );
  }
  return (step) => {
    if (step < warmupSteps) return (step + 1) / warmupSteps;
    const progress = Math.min((step - warmupSteps) / (totalSteps - warmupSteps), 1);
    return floor + ((1 - floor) * (1 + Math.cos(Math.PI * progress))) / 2;
  };
}
