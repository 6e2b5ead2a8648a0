import type { Backend } from "@vidtok/tensor";
import { holders } from "./walk.ts";

/**
 * Frees all parameters and buffers of a model for good, with what backends keep for them (packed
 * weights), and returns freed memory to the system. Whatever uses the model afterwards throws an
 * error with the text `reason`. A parameter that two models share is disposed of in both. Calling
 * it again does nothing.
 */
export function disposeWeights(model: object, reason: string): void {
  const backends = new Set<Backend>();
  for (const parameter of holders(model).values()) {
    if (parameter.hasValue) backends.add(parameter.value.backend);
    parameter.dispose(reason);
  }
  for (const backend of backends) backend.trim?.();
}
