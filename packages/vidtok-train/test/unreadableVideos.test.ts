import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { train } from "../src/train.ts";
import { newFolder, tinyConfig, videoFolder } from "./tinyRun.ts";

test("a training of which no video can be read is an error, and leaves no run", async () => {
  const videos = newFolder();
  for (const name of ["a.mp4", "b.mp4"]) writeFileSync(join(videos, name), "no video");
  const logdir = join(newFolder(), "runs");
  await expect(train({ config: tinyConfig(videos), logdir, maxSteps: 2 })).rejects.toThrow(
    new RegExp(`^dataset: none of the 2 videos of ${videos} can be read: video: ${videos}/`),
  );
  expect(existsSync(logdir)).toBe(false);
});

test("a training with some videos that cannot be read runs, and says how many there are", async () => {
  const videos = newFolder();
  const good = await videoFolder(1);
  mkdirSync(videos, { recursive: true });
  copyFileSync(join(good, "wave0.mp4"), join(videos, "good.mp4"));
  for (const name of ["a.mp4", "b.mp4"]) writeFileSync(join(videos, name), "no video");
  const notices: string[] = [];
  const { step } = await train({
    config: tinyConfig(videos),
    logdir: newFolder(),
    maxSteps: 3,
    onProgress: (event) => event.kind === "notice" && notices.push(event.text),
  });
  expect(step).toBe(3);
  expect(notices).toContain("2 of the 3 videos could not be used");
  expect(notices.filter((text) => text.endsWith("a black clip takes its place"))).toHaveLength(2);
});
