import type { NetworkConfig } from "./config/modelConfig.ts";
import { isTemporalUp } from "./decoder.ts";
import { isTemporalDown } from "./encoder.ts";
import { traitsOf } from "./families/traitsOf.ts";

/**
 * Whether both halves compute a video piece by piece: they are causal, and their levels change time
 * as much as their configs say.
 */
export function isStreamable(encoder: NetworkConfig, decoder: NetworkConfig): boolean {
  const factor = (config: NetworkConfig, changes: typeof isTemporalDown): number =>
    2 ** config.channelMultipliers.filter((_, level) => changes(config, level)).length;
  return (
    traitsOf(encoder).isCausal &&
    encoder.family === decoder.family &&
    factor(encoder, isTemporalDown) === encoder.timeDownsampleFactor &&
    factor(decoder, isTemporalUp) === decoder.timeDownsampleFactor
  );
}
