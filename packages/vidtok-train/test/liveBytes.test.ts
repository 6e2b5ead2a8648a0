import "@vidtok/backend-native";
import { memory, useBackend } from "@vidtok/tensor";
import { expect, test } from "vitest";
import { runSteps } from "../src/loop/runSteps.ts";
import { adversarial } from "./tinyLearner.ts";
import { clipSource, tinySession } from "./tinySession.ts";

const STEPS = 100;

// In a file of its own: another test's tensors would be freed by the garbage collector meanwhile.
test(`live bytes are the same after step 5 and step ${STEPS}, with validations between`, async () => {
  await useBackend("auto");
  const overrides = [
    ...adversarial,
    "model.params.ema_decay=0.9",
    "lightning.trainer.val_check_interval=10",
    "lightning.trainer.accumulate_grad_batches=2",
  ];
  // Three clips an epoch: a step of two, then one of one.
  const source = clipSource("train", 3);
  const { session, start } = await tinySession(overrides, { source, steps: STEPS });
  const live = new Map<number, number>();
  const tell: typeof session.tell = (event) => {
    if (event.kind === "step") live.set(event.step, memory().live);
  };
  await runSteps({ ...session, tell }, start);
  expect(live.get(5)).toBeGreaterThan(0);
  expect([...live.values()].slice(4).every((bytes) => bytes === live.get(5))).toBe(true);
});
