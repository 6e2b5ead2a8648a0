import { expect, onTestFinished, test, vi } from "vitest";
import { wandbLogger } from "../../src/loggers/wandbLogger.ts";
import type { WandbInit, WandbSdk } from "../../src/loggers/wandbSdk.ts";
import { loadWandbSdk } from "../../src/loggers/wandbSdk.ts";
import { TrainError } from "../../src/trainError.ts";
import { wandbService } from "./wandbService.ts";

const options = { project: "vidtok", name: "mine", config: { model: { params: 1 } } };

/** An SDK that notes what it is told. */
function fakeSdk() {
  const calls: unknown[] = [];
  const sdk: WandbSdk = {
    async init(init: WandbInit) {
      calls.push(["init", init]);
      process.once("SIGINT", () => process.exit());
      return {
        log: (row, step) => void calls.push(["log", step, row]),
        finish: async (exitCode) => void calls.push(["finish", exitCode]),
        url: () => "https://wandb.ai/me/vidtok/runs/r1",
      };
    },
  };
  return { calls, load: async () => sdk };
}

test("a run is introduced, gets a row for each step, and is finished", async () => {
  const { baseUrl } = await wandbService();
  const { calls, load } = fakeSdk();
  const logger = await wandbLogger({ ...options, entity: "us", id: "r1", key: "given" }, load);
  expect(logger.url).toBe("https://wandb.ai/me/vidtok/runs/r1");
  logger.scalars(1, new Map([["train/rec_loss", 0.5]]));
  logger.scalars(2, new Map([["train/rec_loss", 0.25]]));
  logger.scalars(2, new Map([["val/rec_loss", 0.75]]));
  logger.images(2, new Map());
  await logger.close();
  const settings = { apiKey: "given", baseUrl, silent: true };
  expect(calls).toEqual([
    ["init", { ...options, entity: "us", id: "r1", settings }],
    ["log", 1, { "train/rec_loss": 0.5 }],
    ["log", 2, { "train/rec_loss": 0.25, "val/rec_loss": 0.75 }],
    ["finish", 0],
  ]);
});

test("what is left open is left to the SDK, and a run without scalars has no rows", async () => {
  await wandbService();
  const { calls, load } = fakeSdk();
  const logger = await wandbLogger({ ...options, entity: "", id: undefined }, load);
  await logger.close();
  const settings = expect.objectContaining({ apiKey: "secret" });
  expect(calls).toEqual([
    ["init", { ...options, settings }],
    ["finish", 0],
  ]);
});

test("the SDK does not decide what a signal does", async () => {
  await wandbService();
  const listener = (): void => {};
  process.on("SIGINT", listener);
  onTestFinished(() => void process.off("SIGINT", listener));
  const before = process.rawListeners("SIGINT");
  await (await wandbLogger(options, fakeSdk().load)).close();
  expect(process.rawListeners("SIGINT")).toEqual(before);
  expect(process.hasUncaughtExceptionCaptureCallback()).toBe(false);
});

test("a run that cannot be made is an error with the reason", async () => {
  await wandbService();
  const failing = { init: () => Promise.reject(new Error("no such project")) };
  const made = wandbLogger({ ...options, entity: "us" }, async () => failing);
  await expect(made).rejects.toThrow(TrainError);
  await expect(made).rejects.toThrow(
    "wandb: no run can be made in project vidtok of us (no such project); check --wandb_project " +
      "and --wandb_entity, or train without --wandb",
  );
});

test.each([
  ["ERR_MODULE_NOT_FOUND", "is not installed"],
  ["ERR_REQUIRE_ESM", "cannot be loaded (broken)"],
])("an SDK whose import fails with %s is an error with what to install", async (code, why) => {
  const failing = (): Promise<never> =>
    Promise.reject(Object.assign(new Error("broken"), { code }));
  const load = (): Promise<WandbSdk> => loadWandbSdk(failing);
  await expect(wandbLogger(options, load)).rejects.toThrow(TrainError);
  await expect(wandbLogger(options, load)).rejects.toThrow(
    `wandb: the package @wandb/sdk ${why}; install it with npm install @wandb/sdk graphql, ` +
      `or train without --wandb`,
  );
});

test("the official SDK brings a run to a service that speaks as the real one", async () => {
  const { requests } = await wandbService();
  const before = process.rawListeners("SIGTERM");
  const logger = await wandbLogger(options);
  expect(process.rawListeners("SIGTERM")).toEqual(before);
  for (let step = 5001; step <= 5003; step++) {
    logger.scalars(step, new Map([["train/rec_loss", 1 / step]]));
    logger.scalars(step, new Map([["val/rec_loss", step]]));
  }
  await logger.close();

  const [made] = requests.filter(({ body }) => body.query?.includes("upsertBucket"));
  expect(made!.body.variables).toMatchObject({
    project: "vidtok",
    entity: "me",
    displayName: "mine",
    config: JSON.stringify(options.config),
  });
  const sent = requests.filter(({ url }) => url.startsWith("/files/me/vidtok/"));
  const rows = sent.flatMap(({ body }) => body.files?.["wandb-history.jsonl"]?.content ?? []);
  expect(rows.map((row) => JSON.parse(row) as unknown)).toMatchObject(
    [5001, 5002, 5003].map((step) => ({
      _step: step,
      "train/rec_loss": 1 / step,
      "val/rec_loss": step,
    })),
  );
  expect(sent.at(-1)!.body).toMatchObject({ complete: true, exitcode: 0 });
});

test("a run that the service refuses is an error, though the SDK throws it into the void", async () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  onTestFinished(() => void vi.restoreAllMocks());
  await wandbService(({ body }) =>
    body.query?.includes("upsertBucket") ? { status: 403, body: { errors: [] } } : undefined,
  );
  await expect(wandbLogger(options)).rejects.toThrow(
    "wandb: no run can be made in project vidtok (Failed to upsert run); check --wandb_project",
  );
  expect(process.hasUncaughtExceptionCaptureCallback()).toBe(false);
});
