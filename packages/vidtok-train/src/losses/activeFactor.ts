import type { LossSettings } from "../config/lossSettings.ts";

/** The factor of the adversarial losses after so many steps of both optimizers: 0 before `disc_start`. */
export function activeFactor({ adversarial }: LossSettings, globalStep: number): number {
  return adversarial && globalStep >= adversarial.start ? adversarial.factor : 0;
}
