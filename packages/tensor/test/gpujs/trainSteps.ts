import * as op from "../../src/index.ts";
import type { Backend } from "../../src/index.ts";
import { noise } from "../../src/testing/index.ts";

/** Trains a conv with normalisation for some steps; returns what `measure` says after each. */
export async function trainSteps<T>(
  backend: Backend,
  steps: number,
  measure: () => T,
): Promise<T[]> {
  await op.useBackend(backend);
  let w = op.keep(noise("w", [4, 3, 3, 3, 3]));
  const measured: T[] = [];
  for (let step = 0; step < steps; step++) {
    const old = w;
    const { next, loss } = op.scope(() => {
      const x = noise(`x${step}`, [1, 3, 3, 5, 4]);
      const y = op.silu(op.conv(x, old, { padding: [[2, 0], 1, 1] }));
      const error = op.mean(
        op.square(op.sub(op.layerNorm(y, op.full([4], 1), op.full([4], 0)), 0.5)),
      );
      const [dw] = op.grad(error, [old]);
      return { next: op.sub(old, op.mul(dw!, 0.1)), loss: error };
    });
    w = op.keep(next);
    old.free();
    await loss.item();
    loss.free();
    measured.push(measure());
  }
  w.free();
  return measured;
}
