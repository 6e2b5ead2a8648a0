import "@vidtok/backend-native";
import { currentBackend, memory, resetPeak, useBackend } from "@vidtok/tensor";
import { beforeAll, expect, test } from "vitest";
import { lookup } from "../src/config/lookup.ts";
import { trainSettings } from "../src/config/trainSettings.ts";
import { batchGradients } from "../src/loop/batchGradients.ts";
import { createLearner, createWeights } from "../src/loop/learner.ts";
import { chooseCheckpointing } from "../src/memory/chooseCheckpointing.ts";
import { stepBytes } from "../src/memory/stepBytes.ts";
import { tinyConfig } from "./tinyRun.ts";

beforeAll(() => useBackend("auto"));

const adversarial = [
  "model.params.loss_config.params.disc_factor=1",
  "model.params.loss_config.params.disc_type=3d",
];
const checkpointing = [
  "model.params.encoder_config.params.use_checkpoint=true",
  "model.params.decoder_config.params.use_checkpoint=true",
];

test.each([[[]], [adversarial], [checkpointing]])(
  "the bytes of a step are those that one really takes, and the optimizers': %j",
  async (overrides) => {
    const config = tinyConfig("videos", overrides);
    const settings = trainSettings(config);
    const backend = currentBackend();
    const found = await stepBytes(config, settings);
    expect(currentBackend()).toBe(backend);

    const before = memory().live;
    const learner = createLearner(await createWeights(config, settings, { seed: 1 }), settings);
    resetPeak();
    const shape = [1, 3, 5, 16, 16] as const;
    const batch = { jpg: new Float32Array(3 * 5 * 16 * 16), shape };
    const { generator, discriminator } = batchGradients(learner, batch, 0);
    const step = memory().peak - before;
    const trained = [...generator, ...discriminator];
    const elements = trained.reduce((sum, x) => sum + x.shape.reduce((a, b) => a * b, 1), 0);
    trained.forEach((gradient) => gradient.free());
    expect(found / (step + 8 * elements)).toBeCloseTo(1, 2);
  },
);

test("estimating leaves nothing behind", async () => {
  const config = tinyConfig("videos", ["model.params.ema_decay=0.9", ...adversarial]);
  const before = memory().live;
  await stepBytes(config, trainSettings(config));
  expect(memory().live).toBe(before);
});

const path = "model.params.decoder_config.params.use_checkpoint";

test("gradient checkpointing is turned on where a step would not fit without it", async () => {
  const config = tinyConfig("videos");
  const settings = trainSettings(config);
  const plain = await stepBytes(config, settings);
  const roomy = await chooseCheckpointing(config, settings, plain / 0.84);
  expect(lookup(roomy.config, path)).toBeUndefined();
  expect(roomy.text).toMatch(
    /^a step takes [\d.e-]+ GB of tensors without gradient checkpointing; .* are free$/,
  );

  const tight = await chooseCheckpointing(config, settings, plain / 0.86);
  expect(lookup(tight.config, path)).toBe(true);
  expect(tight.text).toMatch(
    /gradient checkpointing is turned on, with which it takes [\d.e-]+ GB$/,
  );
  expect(await stepBytes(tight.config, settings)).toBeLessThan(plain);
  expect((await chooseCheckpointing(config, settings, 1)).text).toMatch(/may not suffice/);
});

test("gradient checkpointing that is asked for stays", async () => {
  const config = tinyConfig("videos", checkpointing);
  const chosen = await chooseCheckpointing(config, trainSettings(config), 1e12);
  expect(lookup(chosen.config, path)).toBe(true);
  expect(chosen.text).toMatch(/with the gradient checkpointing asked for/);
});

test("frames too small for the 2d discriminator are an error that names the other kind", async () => {
  const config = tinyConfig("videos", [
    adversarial[0]!,
    "model.params.loss_config.params.disc_type=2d",
  ]);
  await expect(stepBytes(config, trainSettings(config))).rejects.toThrow(
    "discriminator: clips [1, 3, 5, 16, 16] need at least 24 x 24 pixels for disc_type 2d; 3d takes smaller ones",
  );
});
