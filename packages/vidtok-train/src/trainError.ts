/** A training run that cannot start or go on; the message says where, why and what helps. */
export class TrainError extends Error {
  override readonly name = "TrainError";
}
