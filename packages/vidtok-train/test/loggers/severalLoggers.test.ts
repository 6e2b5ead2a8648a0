import { expect, test } from "vitest";
import type { RunLogger } from "../../src/loggers/runLogger.ts";
import { severalLoggers } from "../../src/loggers/severalLoggers.ts";

/** Notes its calls, and fails in all of them if it has a failure. */
function noting(calls: string[], name: string, failure?: Error): RunLogger {
  const note = (call: string): void => {
    calls.push(`${name} ${call}`);
    if (failure) throw failure;
  };
  return {
    scalars: (step, scalars) => note(`scalars ${step} ${[...scalars].join()}`),
    images: (step, images) => note(`images ${step} ${[...images.keys()].join()}`),
    close: async () => note("close"),
  };
}

test("every logger gets everything", async () => {
  const calls: string[] = [];
  const logger = severalLoggers([noting(calls, "a"), noting(calls, "b")]);
  logger.scalars(1, new Map([["train/psnr", 2]]));
  logger.images(3, new Map([["train/recs", { data: new Uint8Array(3), width: 1, height: 1 }]]));
  await logger.close();
  expect(calls).toEqual([
    "a scalars 1 train/psnr,2",
    "b scalars 1 train/psnr,2",
    "a images 3 train/recs",
    "b images 3 train/recs",
    "a close",
    "b close",
  ]);
});

test("the others get it also when one fails; the first failure is thrown", async () => {
  const calls: string[] = [];
  const full = new Error("disk full");
  const failing = [noting(calls, "a", full), noting(calls, "b", new Error("gone"))];
  const logger = severalLoggers([...failing, noting(calls, "c")]);
  expect(() => logger.scalars(1, new Map())).toThrow(full);
  expect(() => logger.images(1, new Map())).toThrow(full);
  await expect(logger.close()).rejects.toThrow(full);
  expect(calls.filter((call) => call.startsWith("c"))).toHaveLength(3);
});
