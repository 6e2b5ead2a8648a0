import { expect, test } from "vitest";
import { stepBatches } from "../../src/loop/stepBatches.ts";
import { clipSource, tinySession } from "../tinySession.ts";

const accumulate = (count: number): string => `lightning.trainer.accumulate_grad_batches=${count}`;

/** Epoch and number of each batch of the first `count` steps. */
async function stepsOf(
  accumulated: number,
  count: number,
  from: { readonly epoch: number; readonly batch: number },
): Promise<string[]> {
  const source = clipSource("train", 5);
  const { session, start } = await tinySession([accumulate(accumulated)], { source });
  const steps: string[] = [];
  for await (const batches of stepBatches(session, { ...start, ...from })) {
    steps.push(
      batches.map(({ epoch, batch, paths }) => `${epoch}:${batch} ${paths[0]!}`).join(", "),
    );
    if (steps.length === count) break;
  }
  return steps;
}

const places = (steps: readonly string[]): string[] =>
  steps.map((s) => s.replace(/ train\d.mp4/g, ""));

test("a step takes as many batches as are accumulated, fewer at the end of an epoch", async () => {
  const steps = await stepsOf(2, 5, { epoch: 0, batch: 0 });
  expect(places(steps)).toEqual(["0:0, 0:1", "0:2, 0:3", "0:4", "1:0, 1:1", "1:2, 1:3"]);
  const epochs = [steps.slice(0, 3), await stepsOf(2, 3, { epoch: 1, batch: 0 })];
  const orders = epochs.map((epoch) => epoch.join().match(/train\d/g)!);
  // Each epoch has every clip, in an order of its own.
  for (const order of orders)
    expect([...order].sort()).toEqual(["0", "1", "2", "3", "4"].map((i) => `train${i}`));
  expect(orders[0]).not.toEqual(orders[1]);
});

test("a resumed run goes on with the batch after the last", async () => {
  const whole = await stepsOf(2, 5, { epoch: 0, batch: 0 });
  expect(await stepsOf(2, 4, { epoch: 0, batch: 2 })).toEqual(whole.slice(1));
  expect(await stepsOf(2, 2, { epoch: 0, batch: 5 })).toEqual(whole.slice(3));
});

test("one batch a step is the rule", async () => {
  const steps = await stepsOf(1, 6, { epoch: 0, batch: 0 });
  expect(places(steps)).toEqual(["0:0", "0:1", "0:2", "0:3", "0:4", "1:0"]);
});

test("an abort ends the batches, another failure is an error", async () => {
  const stop = new AbortController();
  const { session, start } = await tinySession([], { source: clipSource("train", 5) });
  let steps = 0;
  for await (const batches of stepBatches({ ...session, signal: stop.signal }, start)) {
    steps += batches.length;
    stop.abort();
  }
  // What was read ahead may still come.
  expect(steps).toBeLessThanOrEqual(3);

  const broken = { ...session, source: clipSource("train", 1, 0) };
  await expect(stepBatches(broken, start).next()).rejects.toThrow("train0.mp4 is broken");
});
