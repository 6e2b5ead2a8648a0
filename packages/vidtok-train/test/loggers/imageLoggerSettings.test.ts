import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ConfigError, loadConfig } from "@vidtok/model";
import type { ConfigNode } from "@vidtok/model";
import { expect, test } from "vitest";
import { imageLoggerSettings, isDue } from "../../src/loggers/imageLoggerSettings.ts";
import type { ImageLoggerSettings } from "../../src/loggers/imageLoggerSettings.ts";

const configs = join(import.meta.dirname, "../../../../configs");

const withParams = (params: ConfigNode): ConfigNode => ({
  lightning: { callbacks: { image_logger: { params } } },
});
const least = { batch_frequency: 100, max_samples: 4 };

test("the shipped configs show two clips every 5000 batches", () => {
  const names = readdirSync(configs).filter((name) => name.endsWith(".yaml"));
  expect(names.length).toBeGreaterThanOrEqual(16);
  for (const name of names) {
    const config = loadConfig(join(configs, name), []);
    expect(imageLoggerSettings(config)).toEqual({
      every: { train: 5000, val: 5000 },
      maxSamples: 2,
      isDenseAtFirst: false,
      showsFirstBatch: false,
      showsUntrained: false,
      columns: name.includes("noncausal") ? 16 : 17,
      fps: 8,
    });
  }
});

test("what a config leaves out is as in the reference", () => {
  expect(imageLoggerSettings(withParams(least))).toEqual({
    every: { train: 100, val: 100 },
    maxSamples: 4,
    isDenseAtFirst: true,
    showsFirstBatch: true,
    showsUntrained: true,
    columns: 8,
    fps: 8,
  });
  const params = { ...least, batch_frequency_val: 3, video_fps: 30 };
  expect(imageLoggerSettings(withParams(params))).toMatchObject({
    every: { train: 100, val: 3 },
    fps: 30,
  });
});

test("a config without an image logger, or with a disabled one, shows nothing", () => {
  expect(imageLoggerSettings({})).toBeNull();
  expect(imageLoggerSettings(withParams({ disabled: true }))).toBeNull();
});

const path = "lightning.callbacks.image_logger.params";
test.each<[ConfigNode, string]>([
  [
    { max_samples: 2 },
    `${path}.batch_frequency is missing and has to be a whole number of at least 1`,
  ],
  [
    { ...least, batch_frequency: 0 },
    `${path}.batch_frequency is 0 and has to be a whole number of at least 1`,
  ],
  [
    { ...least, max_samples: 1.5 },
    `${path}.max_samples is 1.5 and has to be a whole number of at least 1`,
  ],
  [
    { ...least, log_first_step: "no" },
    `${path}.log_first_step is "no" and has to be true or false`,
  ],
  [{ ...least, video_fps: 0 }, `${path}.video_fps is 0 and has to be a number`],
  [{ ...least, log_images_kwargs: { n_rows: -1 } }, `${path}.log_images_kwargs.n_rows is -1`],
  [
    { ...least, log_images_kwargs: { nrow: 4 } },
    `${path}.log_images_kwargs.nrow means nothing here; known are n_rows`,
  ],
  [
    { ...least, frequency: 4 },
    `${path}.frequency means nothing here; known are disabled, batch_frequency`,
  ],
  [{ ...least, rescale: false }, `${path}.rescale is false and has to be true`],
])("options that cannot be are errors: %j", (params, message) => {
  const read = (): unknown => imageLoggerSettings(withParams(params));
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(`config: ${message}`);
});

const settings: ImageLoggerSettings = {
  every: { train: 6, val: 4 },
  maxSamples: 1,
  isDenseAtFirst: false,
  showsFirstBatch: false,
  showsUntrained: false,
  columns: 8,
  fps: 8,
};

/** Which of the first 17 batches of an epoch are shown. */
function due(changes: Partial<ImageLoggerSettings>, split: "train" | "val", epoch = 0): number[] {
  return Array.from({ length: 17 }, (_, batchIndex) => batchIndex).filter((batchIndex) =>
    isDue({ ...settings, ...changes }, { split, epoch, batchIndex }),
  );
}

test("every so many batches are shown, each split with its own count", () => {
  expect(due({}, "train")).toEqual([6, 12]);
  expect(due({}, "val")).toEqual([4, 8, 12, 16]);
  expect(due({ showsFirstBatch: true }, "train")).toEqual([0, 6, 12]);
});

test("dense showing adds powers of two up to the frequency, in the first epoch of training", () => {
  expect(due({ isDenseAtFirst: true }, "train")).toEqual([1, 2, 4, 6, 12]);
  expect(due({ isDenseAtFirst: true }, "train", 1)).toEqual([6, 12]);
  expect(due({ isDenseAtFirst: true }, "val")).toEqual([4, 8, 12, 16]);
});
