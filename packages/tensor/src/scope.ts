import { closeArena, disown, openArena, type Block } from "./block.ts";
import { isRecording, synchronous } from "./recording.ts";
import { detach, forget, Tensor } from "./tensor.ts";

/** Runs `f` and frees every tensor made inside but those in what it returns (a tensor, or arrays, maps and plain objects of them), which lose their graph. */
export function scope<T>(f: () => T): T {
  openArena();
  const keep = new Set<Block>();
  try {
    return collect(synchronous("scope", f()), keep) as T;
  } finally {
    closeArena(keep);
  }
}

function collect(value: unknown, keep: Set<Block>): unknown {
  if (value instanceof Tensor) {
    keep.add(value.block);
    // While there is what it is computed from.
    value.block.recall();
    return detach(value);
  }
  if (Array.isArray(value)) return value.map((item) => collect(item, keep));
  if (value instanceof Map) {
    return new Map([...value].map(([key, item]) => [key, collect(item, keep)]));
  }
  if (
    typeof value === "object" &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype
  ) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, collect(item, keep)]),
    );
  }
  return value;
}

/** Takes a tensor out of every scope: it lives until `free`. */
export function keep(x: Tensor): Tensor {
  disown(x.block);
  return x;
}

/** `f` in a scope when no gradient is recorded, else plainly: how a module's forward frees what only it needs. */
export function forwardScope<T>(f: () => T): T {
  return isRecording() ? f() : scope(f);
}

/**
 * The stages applied one after the other. Each intermediate result is freed as soon as the next stage is done with it or, with gradients, forgotten where it can
 * be computed again.
 */
export function chain(x: Tensor, stages: readonly ((x: Tensor) => Tensor)[]): Tensor {
  let y = x;
  for (const stage of stages) {
    const previous = y;
    y = forwardScope(() => stage(previous));
    if (previous.block === x.block || previous.block === y.block) continue;
    if (isRecording()) forget(previous);
    else previous.free();
  }
  return y;
}
