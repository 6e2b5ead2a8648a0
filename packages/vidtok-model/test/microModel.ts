import { referenceBackend } from "@vidtok/tensor/testing";
import { createModel } from "../src/createModel.ts";
import type { CreateModelOptions } from "../src/createModel.ts";
import type { Tokenizer } from "../src/tokenizer.ts";

/**
 * What differs from the smallest model: two levels, f = 2, spatial stride 2, 4 channels, one block
 * a level.
 */
export interface MicroOptions extends Omit<CreateModelOptions, "overrides"> {
  readonly family?: "3dcausal" | "3dcausal_v1_1" | "3dnoncausal";
  readonly params?: object;
  /** FSQ levels; without them the regularizer is KL. */
  readonly levels?: readonly number[];
  readonly engine?: object;
  /** Class of the engine. */
  readonly target?: string;
}

/** The config of the smallest model. */
export function microConfig({
  family = "3dcausal",
  params,
  levels,
  engine,
  target = "vidtok.models.autoencoder.AutoencodingEngine",
}: MicroOptions = {}): object {
  const module = `vidtok.modules.model_${family}`;
  const [encoder, decoder] =
    family === "3dnoncausal"
      ? ["Encoder3D", "Decoder3D"]
      : ["EncoderCausal3DPadding", "DecoderCausal3DPadding"];
  const regularizers = "vidtok.modules.regularizers";
  return {
    model: {
      target,
      params: {
        ...engine,
        encoder_config: {
          target: `${module}.${encoder}`,
          params: {
            ...{ ch: 4, ch_mult: [1, 2], num_res_blocks: 1, in_channels: 3, out_ch: 3 },
            ...{ z_channels: levels?.length ?? 2, double_z: !levels, time_downsample_factor: 2 },
            ...{ tempo_ds: [0], tempo_us: [1], norm_type: "layernorm" },
            ...params,
          },
        },
        decoder_config: {
          target: `${module}.${decoder}`,
          params: "${model.params.encoder_config.params}",
        },
        regularizer_config: levels
          ? {
              target: `${regularizers}.FSQRegularizer`,
              params: { levels, entropy_loss_weight: 0.1, commitment_loss_weight: 0.25 },
            }
          : { target: `${regularizers}.DiagonalGaussianRegularizer` },
      },
    },
  };
}

const backend = referenceBackend();

/** The smallest model, on the reference backend. */
export async function microModel(options: MicroOptions = {}): Promise<Tokenizer> {
  return createModel(microConfig(options), { backend, ...options });
}
