/** Weights that a metric needs and does not find, or that do not fit it: says which file, where, and what to do. */
export class WeightsError extends Error {
  override readonly name = "WeightsError";
}
