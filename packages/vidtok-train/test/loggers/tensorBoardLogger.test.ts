import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodePng } from "@vidtok/data";
import type { Image } from "@vidtok/data";
import { expect, test } from "vitest";
import { tensorBoardLogger } from "../../src/loggers/tensorBoardLogger.ts";
import { TrainError } from "../../src/trainError.ts";
import { temporaryFolder } from "./temporaryFolder.ts";
import { readEvents } from "./wire.ts";

const picture = (width: number, height: number): Image => ({
  width,
  height,
  data: Uint8Array.from({ length: width * height * 3 }, (_, i) => i),
});

const eventFiles = (dir: string): Buffer[] =>
  readdirSync(dir)
    .sort()
    .map((name) => readFileSync(join(dir, name)));

test("an event file begins with its version and a start, then holds what was logged", async () => {
  const dir = join(temporaryFolder(), "tensorboard", "mine");
  const before = Date.now() / 1000;
  const logger = tensorBoardLogger(dir, 0);
  logger.scalars(
    1,
    new Map([
      ["train/rec_loss", 0.1],
      ["train/psnr", Infinity],
    ]),
  );
  logger.images(300, new Map([["train/recs", picture(5, 3)]]));
  logger.scalars(2 ** 40 + 1, new Map([["val/rec_loss", -2.5]]));
  await logger.close();
  const [file] = eventFiles(dir);
  const events = readEvents(file!);
  for (const { wall_time } of events) {
    expect(wall_time).toBeGreaterThanOrEqual(before);
    expect(wall_time).toBeLessThanOrEqual(Date.now() / 1000);
  }
  expect(events.map(({ wall_time: _, ...event }) => event)).toEqual([
    { step: 0, file_version: "brain.Event:2" },
    { step: 1, session_log: 1 },
    { step: 1, scalars: { "train/rec_loss": Math.fround(0.1), "train/psnr": Infinity } },
    {
      step: 300,
      images: {
        "train/recs": { height: 3, width: 5, colorspace: 3, png: encodePng(picture(5, 3)) },
      },
    },
    { step: 2 ** 40 + 1, scalars: { "val/rec_loss": -2.5 } },
  ]);
});

test("a resumed run writes a new file, which voids what came after its step", async () => {
  const dir = temporaryFolder();
  await tensorBoardLogger(dir, 0).close();
  await tensorBoardLogger(dir, 500).close();
  const starts = eventFiles(dir).map((file) => readEvents(file)[1]);
  expect(starts).toMatchObject([
    { step: 1, session_log: 1 },
    { step: 501, session_log: 1 },
  ]);
});

test("event files have the names that TensorBoard looks for", async () => {
  const dir = temporaryFolder();
  await tensorBoardLogger(dir, 0).close();
  expect(readdirSync(dir)[0]).toMatch(/^events\.out\.tfevents\.\d{10}\..+\.\d+\.\d+$/);
});

test("what was logged is in the file before the logger is closed", async () => {
  const dir = temporaryFolder();
  const logger = tensorBoardLogger(dir, 0);
  logger.scalars(1, new Map([["train/rec_loss", 0.5]]));
  expect(readEvents(eventFiles(dir)[0]!)).toHaveLength(3);
  await logger.close();
});

test("a folder that cannot be made is an error with the file and the reason", () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "tensorboard"), "");
  const make = (): unknown => tensorBoardLogger(join(folder, "tensorboard", "mine"), 0);
  expect(make).toThrow(TrainError);
  expect(make).toThrow(
    /log: .*tensorboard\/mine\/events\.out\.tfevents\.\S+ cannot be written \(ENOTDIR: .*\); free space/,
  );
});
