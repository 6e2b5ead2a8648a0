import { checkFinite, checkWhole, sizeOf, type Random, type Shape } from "@vidtok/tensor";

/** Makes the first elements of a parameter, row-major, from a stream of random numbers of its own. */
export type Initialiser = (random: Random, shape: Shape) => Float32Array;

/** All zeros. */
export const zeros: Initialiser = (_, shape) => new Float32Array(sizeOf(shape));

/** All ones. */
export const ones: Initialiser = (_, shape) => new Float32Array(sizeOf(shape)).fill(1);

/** One number everywhere. */
export function constant(value: number): Initialiser {
  return (_, shape) => new Float32Array(sizeOf(shape)).fill(value);
}

/**
 * Uniform in ±1/√fanIn: what PyTorch gives the weights and biases of convolutions and linear layers
 * (`kaiming_uniform` with a = √5).
 */
export function uniformFanIn(fanIn: number): Initialiser {
  checkWhole("uniformFanIn", "the number of inputs", fanIn, 1);
  const bound = 1 / Math.sqrt(fanIn);
  return (random, shape) => random.uniform(sizeOf(shape), -bound, bound);
}

/** Normal with a mean and a standard deviation. */
export function normal(mean: number, deviation: number): Initialiser {
  checkFinite("normal", "the mean", mean);
  checkFinite("normal", "the standard deviation", deviation, 0);
  return (random, shape) => random.normal(sizeOf(shape)).map((value) => mean + deviation * value);
}
