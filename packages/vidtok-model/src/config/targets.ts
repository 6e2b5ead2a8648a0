import { nearest } from "./nearest.ts";
import { isNode, join, valueError } from "./value.ts";
import type { ConfigNode, ConfigValue } from "./value.ts";

// Encoder and decoder share one mapping of parameters, so each of the six classes takes the names of all of them.
const network =
  "ch out_ch in_channels z_channels num_res_blocks ch_mult dropout resamp_with_conv double_z norm_type " +
  "use_checkpoint fix_encoder fix_decoder time_downsample_factor init_pad_mode give_pre_end tanh_out " +
  "interpolation_mode spatial_ds tempo_ds spatial_us tempo_us";

const engine =
  "encoder_config decoder_config loss_config regularizer_config optimizer_config lr_g_factor compile_model " +
  "ckpt_path ignore_keys verbose ema_decay monitor mode input_key is_causal lr_schedule";

const logger =
  "batch_frequency max_samples clamp increase_log_steps batch_frequency_val video_fps rescale disabled " +
  "log_on_batch_idx log_first_step log_images_kwargs log_videos_kwargs log_before_first_step enable_autocast";

/** Every class name that a config may give as `target`, with the parameters that the class takes. */
const targets: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    "vidtok.models.autoencoder.AutoencodingEngine": engine,
    "vidtok.models.autoencoder_v1_1.AutoencodingEngine": `${engine} use_tiling t_chunk_enc`,
    "vidtok.modules.model_3dcausal.EncoderCausal3DPadding": network,
    "vidtok.modules.model_3dcausal.DecoderCausal3DPadding": network,
    "vidtok.modules.model_3dcausal_v1_1.EncoderCausal3DPadding": network,
    "vidtok.modules.model_3dcausal_v1_1.DecoderCausal3DPadding": network,
    "vidtok.modules.model_3dnoncausal.Encoder3D": network,
    "vidtok.modules.model_3dnoncausal.Decoder3D": network,
    "vidtok.modules.regularizers.DiagonalGaussianRegularizer": "sample",
    "vidtok.modules.regularizers.FSQRegularizer":
      "levels dim num_codebooks keep_num_codebooks_dim scale entropy_loss_weight " +
      "entropy_loss_annealing_steps entropy_loss_annealing_factor commitment_loss_weight diversity_gamma",
    "vidtok.modules.losses.GeneralLPIPSWithDiscriminator":
      "disc_start logvar_init pixelloss_weight disc_num_layers disc_in_channels disc_factor disc_weight " +
      "disc_type perceptual_weight lecam_loss_weight disc_loss scale_input_to_tgt_size dims learn_logvar " +
      "regularization_weights gen_loss_cross_entropy",
    "vidtok.data.datamodule.DataModuleFromConfig":
      "batch_size train validation test predict wrap num_workers pin_train_memory is_iterable_dataset " +
      "use_worker_init_fn shuffle_val_dataloader shuffle_test_loader",
    "vidtok.data.vidtok.VidTokDataset":
      "data_dir meta_path video_params data_frac is_strict_loading skip_missing_files start_index",
    "vidtok.data.vidtok.VidTokValDataset":
      "data_dir video_params meta_path pre_load_frames is_strict_loading last_frames_handle " +
      "skip_missing_files read_long_video chunk_size is_causal",
    "vidtok.modules.logger.ImageVideoLogger": logger,
    "lightning.pytorch.strategies.DDPStrategy": "find_unused_parameters timeout",
    "lightning.pytorch.callbacks.ModelCheckpoint":
      "dirpath filename monitor verbose save_last save_top_k save_weights_only mode every_n_train_steps " +
      "every_n_epochs auto_insert_metric_name train_time_interval save_on_train_epoch_end",
    "torch.optim.Adam": "betas eps weight_decay amsgrad",
    "torch.optim.AdamW": "betas eps weight_decay amsgrad",
  }).map(([name, parameters]) => [name, parameters.split(" ")]),
);

/** Throws for the first `target` in the config that is unknown, or that is given an unknown parameter. */
export function checkTargets(value: ConfigValue, path = ""): void {
  if (Array.isArray(value)) {
    value.forEach((item: ConfigValue, i) => checkTargets(item, join(path, i)));
  } else if (isNode(value)) {
    if (typeof value["target"] === "string") checkTarget(value, value["target"], path);
    for (const [key, item] of Object.entries(value)) checkTargets(item, join(path, key));
  }
}

function checkTarget(node: ConfigNode, target: string, path: string): void {
  const known = targets.get(target);
  if (known === undefined) {
    const near = nearest(target, [...targets.keys()]);
    throw valueError(
      join(path, "target"),
      `is ${target}, which is not known; the nearest name is ${near}`,
    );
  }
  const params = node["params"];
  if (params === undefined || params === null) return;
  const below = join(path, "params");
  if (!isNode(params)) throw valueError(below, "has to be a mapping");
  const unknown = Object.keys(params).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw valueError(
      join(below, unknown),
      `is not a parameter of ${target}; the nearest name is ${nearest(unknown, known)}`,
    );
  }
}
