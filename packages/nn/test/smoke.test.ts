// The example of the README.
import { grad, mean, memory, scope, square, sub, tensor, useBackend } from "@vidtok/tensor";
import { referenceBackend } from "@vidtok/tensor/testing";
import { expect, test } from "vitest";
import { Adam, Conv, initialize, LayerNorm, parameters } from "../src/index.ts";

class Model {
  readonly conv = new Conv(3, 3, { kernel: [3, 3], padding: 1 });
  readonly norm = new LayerNorm(3);
}

test("a small model learns, and its memory stays constant", async () => {
  await useBackend(referenceBackend());
  const model = new Model();
  initialize(model, 0);
  const weights = parameters(model);
  const adam = new Adam(weights, { lr: 1e-2 });
  const x = tensor(
    new Float32Array(3 * 64).map((_, i) => Math.sin(i)),
    [1, 3, 8, 8],
  );

  const losses: number[] = [];
  const bytes = new Set<number>();
  for (let step = 0; step < 20; step++) {
    const { loss, gradients } = scope(() => {
      const y = model.norm.forward(model.conv.forward(x));
      const loss = mean(square(sub(y, x)));
      const targets = [...weights.values()].map((weight) => weight.value);
      return { loss, gradients: grad(loss, targets) };
    });
    adam.step(gradients);
    gradients.forEach((gradient) => gradient.free());
    losses.push(await loss.item());
    loss.free();
    bytes.add(memory().live);
  }
  expect(losses.at(-1)!).toBeLessThan(losses[0]! / 2);
  expect(bytes.size).toBe(1);
});
