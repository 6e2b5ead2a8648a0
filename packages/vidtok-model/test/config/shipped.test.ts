import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { loadConfig } from "../../src/config/loadConfig.ts";
import { modelConfig } from "../../src/config/modelConfig.ts";

const folder = fileURLToPath(new URL("../../../../configs", import.meta.url));

// name, z, encoder output channels, levels, time factor, explicit level sets
const v10: readonly [string, number, number, number, number, object?][] = [
  ["kl_causal_488_4chn", 4, 8, 4, 4],
  ["kl_causal_488_8chn", 8, 16, 4, 4],
  ["kl_causal_488_16chn", 16, 32, 4, 4],
  ["kl_causal_288_8chn", 8, 16, 4, 2, { tempoDown: [1], tempoUp: [2] }],
  ["kl_causal_444_4chn", 4, 8, 4, 4, { spatialDown: [1, 2], spatialUp: [1, 2] }],
  ["kl_causal_41616_4chn", 4, 8, 5, 4],
  ["kl_noncausal_488_4chn", 4, 8, 4, 4],
  ["kl_noncausal_488_16chn", 16, 32, 4, 4],
  ["kl_noncausal_41616_4chn", 4, 8, 5, 4],
  ["kl_noncausal_41616_16chn", 16, 32, 5, 4],
  ["fsq_causal_488_262144", 6, 6, 4, 4],
  ["fsq_causal_488_32768", 5, 5, 4, 4],
  ["fsq_causal_488_4096", 4, 4, 4, 4],
  ["fsq_causal_41616_262144", 6, 6, 5, 4],
  ["fsq_noncausal_488_262144", 6, 6, 4, 4],
  ["fsq_noncausal_41616_262144", 6, 6, 5, 4],
];
const v11: typeof v10 = [
  ["kl_causal_488_4chn_v1_1", 4, 8, 4, 4],
  ["kl_causal_488_16chn_v1_1", 16, 32, 4, 4],
  ["kl_causal_41616_16chn_v1_1", 16, 32, 5, 4],
  ["kl_causal_288_8chn_v1_1", 8, 16, 4, 2, { tempoDown: [1], tempoUp: [2] }],
  ["fsq_causal_488_32768_v1_1", 5, 5, 4, 4],
  ["fsq_causal_888_32768_v1_1", 5, 5, 4, 8, { tempoDown: [0, 1, 2], tempoUp: [1, 2, 3] }],
  ["fsq_causal_41616_262144_v1_1", 6, 6, 5, 4],
];

test("the configs are the 16 of v1.0 and the 7 of v1.1", () => {
  const yamls = (path: string) =>
    readdirSync(path).filter((name) => name.startsWith("vidtok_") && name.endsWith(".yaml"));
  const names = (rows: typeof v10) => rows.map(([name]) => `vidtok_${name}.yaml`).sort();
  expect(yamls(folder).sort()).toEqual(names(v10));
  expect(yamls(`${folder}/vidtok_v1_1`).sort()).toEqual(names(v11));
});

test.each([...v10, ...v11])(
  "%s says what the published model is",
  (name, z, out, levels, f, sets = {}) => {
    const isNew = name.endsWith("v1_1");
    const config = loadConfig(`${folder}/${isNew ? "vidtok_v1_1/" : ""}vidtok_${name}.yaml`);
    const { encoder, decoder, regularizer } = modelConfig(config);
    const isCausal = !name.includes("noncausal");
    expect(encoder).toMatchObject({
      family: isNew ? "causal v1.1" : isCausal ? "causal" : "noncausal",
      channels: 128,
      channelMultipliers: levels === 4 ? [1, 2, 4, 4] : [1, 2, 4, 4, 4],
      zChannels: z,
      doubleZ: out === 2 * z,
      timeDownsampleFactor: f,
      normType: "layernorm",
      numResBlocks: 2,
      dropout: 0,
      interpolationMode: isNew ? "trilinear" : "nearest",
      ...sets,
    });
    expect(decoder).toEqual(encoder);
    expect(regularizer).toMatchObject(
      name.startsWith("kl")
        ? { kind: "kl", sample: true }
        : {
            kind: "fsq",
            levels: Array<number>(z).fill(8),
            entropyLossWeight: 0.1,
            entropyLossAnnealingSteps: 2000,
            entropyLossAnnealingFactor: 3,
            commitmentLossWeight: 0.25,
            diversityGamma: 1,
          },
    );
    const frames = isNew ? 33 : isCausal ? 17 : 16;
    expect(config).toMatchObject({
      model: {
        base_learning_rate: 1e-5,
        params: {
          monitor: "val/rec_loss",
          loss_config: {
            params: { disc_start: 20001, regularization_weights: { aux_loss: 1, kl_loss: 1e-6 } },
          },
        },
      },
      data: {
        params: {
          batch_size: isNew ? 1 : 2,
          train: {
            params: {
              data_dir: "DATA_DIR_1",
              video_params: { sample_num_frames: frames, sample_fps: 3 },
            },
          },
          validation: {
            params: {
              start_index: 0,
              video_params: { input_height: "INPUT_HEIGHT_2", sample_fps: 8 },
            },
          },
        },
      },
      lightning: {
        callbacks: {
          image_logger: { params: { log_images_kwargs: { n_rows: isCausal ? 17 : 16 } } },
        },
        trainer: { precision: "bf16-mixed", check_val_every_n_epoch: null },
      },
    });
  },
);
