import { grad } from "./grad.ts";
import { precision, withPrecision } from "./precision.ts";
import { noGrad, observed, isRecording, withRecording } from "./recording.ts";
import { scope } from "./scope.ts";
import { detach, recordNode, type Tensor } from "./tensor.ts";

/** What `f` uses that was not made inside it, found by watching it run. */
function run(f: (x: Tensor) => Tensor, x: Tensor): { y: Tensor; inputs: readonly Tensor[] } {
  const inside = new Set<Tensor>();
  const outside = new Set<Tensor>([x]);
  const watch = (inputs: readonly Tensor[], result: Tensor): void => {
    inputs.forEach((input) => inside.has(input) || outside.add(input));
    inside.add(result);
  };
  const y = observed(watch, () => noGrad(() => scope(() => f(x))));
  return { y, inputs: [...outside] };
}

/**
 * `f(x)`, computed again when its gradient is needed instead of keeping what is inside (gradient checkpointing). Gradients flow to `x`
 * and to every other tensor that `f` uses, such as parameters. The second time `f` runs in the precision of the first.
 */
export function checkpoint(f: (x: Tensor) => Tensor, x: Tensor): Tensor {
  if (!isRecording()) return scope(() => f(x));
  const { y, inputs } = run(f, x);
  const format = precision();
  return recordNode(y.block, y.view, {
    inputs,
    backward: (dy, isNeeded) => {
      // `x` has a history of its own; its stand-in has none, so that the gradient stops here.
      const start = detach(x);
      const needed = inputs.filter((_, i) => isNeeded[i]);
      const targets = needed.map((input) => (input === x ? start : input));
      const again = withPrecision(format, () => withRecording(true, () => f(start)));
      const gradients = grad(again, targets, dy, { freeGraph: true });
      let next = 0;
      return inputs.map((_, i) => (isNeeded[i] ? gradients[next++]! : null));
    },
  });
}
