import "@vidtok/backend-native";
import { memory, useBackend } from "@vidtok/tensor";
import { beforeAll, expect, test } from "vitest";
import { Disposables } from "../src/run/disposables.ts";
import { train, validate } from "../src/train.ts";
import { adversarial } from "./tinyLearner.ts";
import { newFolder, tinyConfig, videoFolder } from "./tinyRun.ts";

let videos: string;

beforeAll(async () => {
  videos = await videoFolder(2);
  await useBackend("auto");
});

const everything = [...adversarial, "model.params.ema_decay=0.9"];

test("training leaves no weights, moments or averages", async () => {
  const { live } = memory();
  const config = tinyConfig(videos, everything);
  await train({ config, logdir: newFolder(), maxSteps: 2 });
  expect(memory().live).toBe(live);
});

test("a validation leaves nothing", async () => {
  const { live } = memory();
  await validate({ config: tinyConfig(videos, everything), logdir: newFolder() });
  expect(memory().live).toBe(live);
});

test("a training that fails after its weights were made leaves nothing", async () => {
  const { live } = memory();
  const config = tinyConfig(videos, everything);
  const onProgress = ({ kind }: { readonly kind: string }): void => {
    if (kind === "start") throw new Error("no more");
  };
  const run = train({ config, logdir: newFolder(), maxSteps: 1, onProgress });
  await expect(run).rejects.toThrow("no more");
  expect(memory().live).toBe(live);
});

test("what is held is disposed of in reverse order, once, also where one fails", () => {
  const order: string[] = [];
  const held = new Disposables();
  held.add({ [Symbol.dispose]: () => void order.push("first") });
  held.add(undefined);
  held.add({
    [Symbol.dispose]() {
      order.push("second");
      throw new Error("cannot");
    },
  });
  expect(() => held.dispose()).toThrow("cannot");
  held.dispose();
  expect(order).toEqual(["second", "first"]);
});
