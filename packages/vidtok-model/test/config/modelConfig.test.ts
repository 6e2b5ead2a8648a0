import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { loadConfig } from "../../src/config/loadConfig.ts";
import { modelConfig } from "../../src/config/modelConfig.ts";

const file = fileURLToPath(
  new URL("../../../../configs/vidtok_fsq_causal_488_4096.yaml", import.meta.url),
);
const network = "model.params.encoder_config";

function read(...overrides: string[]) {
  return modelConfig(loadConfig(file, overrides));
}

test("defaults are the reference's", () => {
  const bare = { ch: 8, in_channels: 3, out_ch: 3, z_channels: 4, num_res_blocks: 1 };
  const modules = "vidtok.modules.model_3dnoncausal";
  const config = modelConfig({
    model: {
      target: "vidtok.models.autoencoder.AutoencodingEngine",
      params: {
        encoder_config: { target: `${modules}.Encoder3D`, params: bare },
        decoder_config: { target: `${modules}.Decoder3D`, params: { ...bare, tempo_us: [0] } },
        regularizer_config: { target: "vidtok.modules.regularizers.DiagonalGaussianRegularizer" },
      },
    },
  });
  expect(config.encoder).toMatchObject({
    channelMultipliers: [1, 2, 4, 8],
    normType: "groupnorm",
    doubleZ: true,
    spatialDown: [0, 1, 2],
    tempoDown: [2, 1],
  });
  expect(config.decoder).toMatchObject({ spatialUp: [1, 2, 3], tempoUp: [1, 2] });
  expect(config.regularizer).toEqual({ kind: "kl", sample: true });
});

test("an override of the encoder reaches the decoder", () => {
  const config = read(`${network}.params.ch=64`);
  expect([config.encoder.channels, config.decoder.channels]).toEqual([64, 64]);
});

test("overrides given apart go into both halves and are checked", () => {
  const config = modelConfig(loadConfig(file), { ch: 32, num_res_blocks: 1 });
  expect([config.encoder.channels, config.decoder.channels]).toEqual([32, 32]);
  expect(() => modelConfig(loadConfig(file), { ch_mutl: [1] })).toThrow(
    "params.ch_mutl is not a parameter of vidtok.modules.model_3dcausal.EncoderCausal3DPadding; " +
      "the nearest name is ch_mult",
  );
});

test.each([
  [
    `${network}.target=vidtok.modules.model_3dcausal.EncoderCausal3DPading`,
    "model.params.encoder_config.target is vidtok.modules.model_3dcausal.EncoderCausal3DPading, which is not known; " +
      "the nearest name is vidtok.modules.model_3dcausal.EncoderCausal3DPadding",
  ],
  [`${network}.params.z_chanels=4`, "params.z_chanels is not a parameter of"],
  [`${network}.params.norm_typ=x`, "the nearest name is norm_type"],
  ["model.params.regularizer_config.params.level=[8]", "the nearest name is levels"],
  ["model.params.loss_config.params.disc_weigth=1", "the nearest name is disc_weight"],
  ["lightning.callbacks.image_logger.params.max_sample=1", "the nearest name is max_samples"],
  [`${network}.params.ch=abc`, 'params.ch is "abc" and has to be a whole number of at least 1'],
  [`${network}.params.ch`, "params.ch is null and has to be a whole number of at least 1"],
  [`${network}.params.double_z=3`, "params.double_z is 3 and has to be true or false"],
  [`${network}.params.dropout=[]`, "params.dropout is [] and has to be a number"],
  [`${network}.params.norm_type=batch`, "has to be one of layernorm, groupnorm"],
  [`${network}.params.ch_mult=[1, 0]`, "has to be a list of whole numbers of at least 1"],
  [`${network}.params.ch_mult=[]`, "ch_mult has to have at least one level"],
  [
    `${network}.target=vidtok.modules.model_3dcausal.DecoderCausal3DPadding`,
    "and has to be an encoder",
  ],
  [
    "model.params.regularizer_config=3",
    "model.params.regularizer_config is 3 and has to be a mapping",
  ],
  ["model.params.ignore_keys=loss", "model.params.ignore_keys has to be a list of texts"],
  ["model.target", "model.target is null and has to be a text"],
])("%s is an error that says so", (override, message) => {
  expect(() => read(override)).toThrow(message);
});

test("a config without a model is an error", () => {
  expect(() => modelConfig({ data: {} })).toThrow("config: there is no model");
});

test("null means the default level set", () => {
  expect(read(`${network}.params.tempo_ds`).encoder.tempoDown).toEqual([2, 1]);
});
