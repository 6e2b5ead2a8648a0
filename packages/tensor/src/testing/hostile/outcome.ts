import type { Backend } from "../../backend.ts";
import { setCurrentBackend } from "../../currentBackend.ts";
import { grad } from "../../grad.ts";
import { scope } from "../../scope.ts";
import type { Tensor } from "../../tensor.ts";
import type { ShapedValues } from "../empties.ts";
import { noise } from "../noise.ts";
import { hostileCalls } from "./calls.ts";
import { Draw } from "./draw.ts";

/**
 * What a drawn call came to: its results and sometimes its inputs' gradients, or the message of its
 * error.
 */
export interface HostileOutcome {
  /** The call, for a report. */
  readonly text: string;
  readonly result: readonly ShapedValues[] | string;
}

const names = Object.keys(hostileCalls);

/** The call of a seed on a backend: the same seed draws the same call and the same numbers. */
export async function hostileOutcome(backend: Backend, seed: number): Promise<HostileOutcome> {
  setCurrentBackend(backend);
  const draw = new Draw(seed);
  const name = draw.pick(names);
  let results: readonly Tensor[] = [];
  try {
    results = scope(() => run(name, draw));
    const result = await Promise.all(
      results.map(async (y) => ({ shape: y.shape, values: await y.read() })),
    );
    return { text: `${name}(${draw.text})`, result };
  } catch (error) {
    return { text: `${name}(${draw.text})`, result: (error as Error).message };
  } finally {
    for (const y of results) y.free();
  }
}

function run(name: string, draw: Draw): Tensor[] {
  const made = hostileCalls[name]!(draw);
  const results = "shape" in made ? [made] : [...made];
  const [y] = results;
  const isSmall = ({ shape }: Tensor): boolean => shape.every((size) => size < 2 ** 20);
  const inputs = draw.tensors.filter(isSmall);
  if (!draw.chance(0.3) || !y || !isSmall(y)) return results;
  return [...results, ...grad(y, inputs, noise("cotangent", y.shape))];
}
