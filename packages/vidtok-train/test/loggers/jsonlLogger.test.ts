import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { jsonlLogger } from "../../src/loggers/jsonlLogger.ts";
import { TrainError } from "../../src/trainError.ts";
import { temporaryFolder } from "./temporaryFolder.ts";

const scalar = (name: string, value: number): ReadonlyMap<string, number> =>
  new Map([[name, value]]);

test("each call is a line, in the file at once; what is not finite is null", async () => {
  const path = join(temporaryFolder(), "made", "metrics.jsonl");
  const logger = jsonlLogger(path, 0);
  logger.scalars(
    1,
    new Map([
      ["train/psnr", 11],
      ["train/rec_loss", 0.25],
    ]),
  );
  logger.scalars(1, scalar("val/psnr", Infinity));
  logger.images(1, new Map());
  expect(readFileSync(path, "utf8")).toBe(
    '{"step":1,"train/psnr":11,"train/rec_loss":0.25}\n{"step":1,"val/psnr":null}\n',
  );
  await logger.close();
  await expect(logger.close()).resolves.toBeUndefined();
});

test("a log goes on after its step: what came later, or was cut off, is dropped", async () => {
  const path = join(temporaryFolder(), "metrics.jsonl");
  const log = jsonlLogger(path, 0);
  for (const step of [1, 2, 3]) log.scalars(step, scalar("train/psnr", 10 + step));
  await log.close();
  appendFileSync(path, '{"step":1,"tra');
  const resumed = jsonlLogger(path, 2);
  resumed.scalars(3, scalar("val/psnr", 20));
  await resumed.close();
  expect(readFileSync(path, "utf8")).toBe(
    '{"step":1,"train/psnr":11}\n{"step":2,"train/psnr":12}\n{"step":3,"val/psnr":20}\n',
  );
});

test.each([
  ["a line without its end", '{"step":1}\n{"step":2}', '{"step":1}\n'],
  ["lines that are no records", '{"step":1}\n\nnull\n7\n', '{"step":1}\n'],
  ["nothing but an empty line", "\n", ""],
])("%s is dropped too", async (_, before, after) => {
  const path = join(temporaryFolder(), "metrics.jsonl");
  writeFileSync(path, before);
  await jsonlLogger(path, 9).close();
  expect(readFileSync(path, "utf8")).toBe(after);
});

test("a place that cannot be written is an error with the path and the reason", () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "taken"), "");
  const path = join(folder, "taken", "metrics.jsonl");
  expect(() => jsonlLogger(path, 0)).toThrow(TrainError);
  expect(() => jsonlLogger(path, 0)).toThrow(
    `log: ${path} cannot be written (EEXIST: file already exists, mkdir '${folder}/taken'); ` +
      `free space, or see that the place can be written`,
  );
});
