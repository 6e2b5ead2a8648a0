import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ConfigError, loadConfig } from "@vidtok/model";
import { expect, test } from "vitest";
import { trainSettings } from "../src/config/trainSettings.ts";
import { tinyConfig } from "./tinyRun.ts";

const dataset = "data.params.train.params";

test("a config says how to train", () => {
  const settings = trainSettings(
    tinyConfig("videos", [
      "model.params.lr_g_factor=0.5",
      "lightning.trainer.max_steps=11",
      "lightning.trainer.precision=bf16-mixed",
    ]),
  );
  expect(settings).toMatchObject({
    learningRate: 5e-4,
    batchSize: 1,
    precision: "bf16",
    maxEpochs: 100,
    maxSteps: 6,
    validateEvery: 1000,
    checkpointEvery: 1000,
    train: { data_dir: "videos", video_params: { input_height: 16, sample_num_frames: 5 } },
    validation: { start_index: 0 },
    loss: { logvarInit: 0, learnLogvar: true },
  });
  expect(settings.train.start_index).toBeUndefined();
  expect([...settings.loss.regularizationWeights]).toEqual([
    ["aux_loss", 1],
    ["kl_loss", 1e-6],
  ]);
});

test("validation data may be left out", () => {
  expect(
    trainSettings(tinyConfig("videos", ["data.params.validation=null"])).validation,
  ).toBeNull();
});

test("what is not there yet is refused with the overrides that make the config run", () => {
  const config = tinyConfig("videos", [
    "model.params.loss_config.params.perceptual_weight=1.0",
    "model.params.loss_config.params.disc_factor=0.8",
    "lightning.trainer.accumulate_grad_batches=4",
  ]);
  expect(() => trainSettings(config)).toThrow(ConfigError);
  expect(() => trainSettings(config)).toThrowErrorMatchingInlineSnapshot(
    `[ConfigError: train: the config asks for the perceptual loss (LPIPS), the adversarial loss, gradient accumulation (model.params.loss_config.params.perceptual_weight=1 model.params.loss_config.params.disc_factor=0.8 lightning.trainer.accumulate_grad_batches=4), not available yet; to train without, add model.params.loss_config.params.perceptual_weight=0 model.params.loss_config.params.disc_factor=0 lightning.trainer.accumulate_grad_batches=1]`,
  );
});

test("loss terms count as asked for where the config is silent, as in the reference", () => {
  const config = tinyConfig("videos", [
    "model.params.loss_config.params.perceptual_weight=null",
    "model.params.loss_config.params.disc_factor=null",
  ]);
  expect(() => trainSettings(config)).toThrow(/perceptual_weight=0 .*disc_factor=0$/);
});

test.each([
  ["model.base_learning_rate=fast", /base_learning_rate is "fast" and has to be a number/],
  ["model.base_learning_rate=null", /base_learning_rate is missing and has to be a number/],
  ["data.params.batch_size=0", /batch_size is 0 and has to be a whole number of at least 1/],
  [
    `${dataset}.video_params.input_height=INPUT_HEIGHT_1`,
    /input_height is "INPUT_HEIGHT_1" and has to be a whole number of at least 1/,
  ],
  [`${dataset}.data_dir=null`, /data_dir is missing and has to be a folder; add .*data_dir=FOLDER/],
  [
    `${dataset}.is_strict_loading=maybe`,
    /is_strict_loading is "maybe" and has to be true or false/,
  ],
  [`${dataset}.meta_path=[1]`, /meta_path is \[1\] and has to be a text/],
  [
    "data.params.validation.target=vidtok.data.vidtok.VidTokValDataset",
    /validation.target is vidtok.data.vidtok.VidTokValDataset; training takes .*VidTokDataset/,
  ],
  ["lightning.trainer.precision=16", /precision is 16 and has to be one of 32, /],
  ["lightning.trainer.limit=3", /lightning.trainer.limit means nothing here; known are precision/],
  ["lightning.trainer.val_check_interval=0.5", /val_check_interval is 0.5 and has to be a whole/],
  [
    "model.params.loss_config.params.regularization_weights.lpips=1",
    /regularization_weights.lpips is no loss of a regularizer; those are aux_loss, kl_loss/,
  ],
])("%s is an error that names the value", (override, message) => {
  expect(() => trainSettings(tinyConfig("videos", [override]))).toThrow(message);
});

const shipped = fileURLToPath(new URL("../../../configs", import.meta.url));
const full = readdirSync(shipped, { recursive: true, encoding: "utf8" }).filter((name) =>
  /vidtok_.*yaml$/.test(name),
);

test("the full-size configs are refused as they are, and train with the overrides that the error names", () => {
  expect(full).toHaveLength(23);
  for (const name of full) {
    const data = ["train", "validation"].flatMap((split) => [
      `data.params.${split}.params.video_params.input_height=128`,
      `data.params.${split}.params.video_params.input_width=128`,
    ]);
    const load = (more: readonly string[]) => loadConfig(`${shipped}/${name}`, [...data, ...more]);
    const act = (): unknown => trainSettings(load([]));
    expect(act, name).toThrow(/LPIPS/);
    let message = "";
    try {
      act();
    } catch (error) {
      message = (error as Error).message;
    }
    const instead = message.split("add ").at(-1)!.split(" ");
    expect(trainSettings(load(instead)), name).toMatchObject({
      precision: "bf16",
      learningRate: 1e-5,
      validateEvery: 2000,
      checkpointEvery: 5000,
    });
  }
});

test("the demo's config trains as it is", () => {
  const settings = trainSettings(loadConfig(`${shipped}/demo/fsq_causal_small.yaml`));
  expect(settings.validation).not.toBeNull();
  expect(settings.maxSteps).toBeLessThan(Infinity);
});
