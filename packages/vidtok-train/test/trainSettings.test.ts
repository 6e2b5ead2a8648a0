import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { loadConfig } from "@vidtok/model";
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
    optimizer: {
      learningRate: 1e-3,
      generatorFactor: 0.5,
      options: { betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, isDecoupled: false },
    },
    emaDecay: null,
    batchSize: 1,
    accumulate: 1,
    precision: "bf16",
    maxEpochs: 100,
    maxSteps: 6,
    validateEvery: 1000,
    sanityBatches: 2,
    checkpoints: { every: 1000, monitor: null, keep: 1 },
    images: null,
    train: { data_dir: "videos", video_params: { input_height: 16, sample_num_frames: 5 } },
    validation: { start_index: 0 },
    loss: { logvarInit: 0, learnLogvar: true, perceptualWeight: 0, adversarial: null },
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

test("loss terms count as asked for where the config is silent, as in the reference", () => {
  const loss = "model.params.loss_config.params";
  const config = tinyConfig("videos", [
    `${loss}.perceptual_weight=null`,
    `${loss}.disc_factor=null`,
    `${loss}.disc_start=7`,
  ]);
  expect(trainSettings(config).loss).toMatchObject({
    perceptualWeight: 1,
    adversarial: {
      ...{ kind: "3d", inChannels: 3, layers: 3, loss: "hinge", factor: 1, start: 7, weight: 1 },
      ...{ isCrossEntropy: false, leCamWeight: 0 },
    },
  });
});

test("an optimizer and a schedule can be chosen", () => {
  const settings = trainSettings(
    tinyConfig("videos", [
      "model.params.optimizer_config={target: torch.optim.AdamW, params: {betas: [0.5, 0.9]}}",
      "model.params.lr_schedule={warmup_steps: 2, total_steps: 6, floor: 0.1}",
    ]),
  );
  expect(settings.optimizer.options).toEqual({
    ...{ betas: [0.5, 0.9], eps: 1e-8, weightDecay: 0.01, isDecoupled: true },
  });
  expect([0, 1, 2, 4, 6, 99].map(settings.schedule)).toEqual([0.5, 1, 1, 0.55, 0.1, 0.1]);
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
  ["lightning.trainer.devices=2", /devices is 2, but training runs on one device; leave it out/],
  ["model.params.optimizer_config={target: torch.optim.Adam, params: {betas: [1]}}", /betas has 1/],
  [
    "model.params.lr_schedule={warm: 3}",
    /lr_schedule is {"warm":3} and has to be a mapping of war/,
  ],
  [
    "model.params.loss_config.params.scale_input_to_tgt_size=true",
    /scale_input_to_tgt_size is true, which is not available/,
  ],
])("%s is an error that names the value", (override, message) => {
  expect(() => trainSettings(tinyConfig("videos", [override]))).toThrow(message);
});

const shipped = fileURLToPath(new URL("../../../configs", import.meta.url));
const full = readdirSync(shipped, { recursive: true, encoding: "utf8" }).filter((name) =>
  /vidtok_.*yaml$/.test(name),
);

test("the full-size configs train as they are", () => {
  expect(full).toHaveLength(23);
  for (const name of full) {
    const data = ["train", "validation"].flatMap((split) => [
      `data.params.${split}.params.video_params.input_height=128`,
      `data.params.${split}.params.video_params.input_width=128`,
    ]);
    const settings = trainSettings(loadConfig(`${shipped}/${name}`, data));
    expect(settings, name).toMatchObject({
      precision: "bf16",
      optimizer: { learningRate: 1e-5, generatorFactor: 1 },
      validateEvery: 2000,
      sanityBatches: 10,
      checkpoints: { every: 5000, monitor: "val/rec_loss", keep: 3 },
      loss: { perceptualWeight: 1, adversarial: { start: 20001, weight: 0.2, leCamWeight: 0.005 } },
      images: { every: { train: 5000 }, maxSamples: 2 },
    });
  }
});

test("the demo's config trains as it is", () => {
  const settings = trainSettings(loadConfig(`${shipped}/demo/fsq_causal_small.yaml`));
  expect(settings.validation).not.toBeNull();
  expect(settings.maxSteps).toBeLessThan(Infinity);
});
