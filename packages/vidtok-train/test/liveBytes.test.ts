import { memory, useBackend } from "@vidtok/tensor";
import { expect, test } from "vitest";
import { train } from "../src/train.ts";
import { newFolder, tinyConfig, videoFolder } from "./tinyRun.ts";

// In a file of its own: another test's tensors would be freed by the garbage collector meanwhile.
test("live bytes are the same after step 5 and step 50", async () => {
  await useBackend("auto");
  const live = new Map<number, number>();
  await train({
    config: tinyConfig(await videoFolder(), ["lightning.trainer.val_check_interval=7"]),
    logdir: newFolder(),
    maxSteps: 50,
    onProgress: (event) => event.kind === "step" && live.set(event.step, memory().live),
  });
  expect(live.get(5)).toBeGreaterThan(0);
  expect(live.get(50)).toBe(live.get(5));
});
