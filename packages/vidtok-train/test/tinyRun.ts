import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeVideo } from "@vidtok/data";
import { loadConfig } from "@vidtok/model";
import type { ResolvedConfig } from "@vidtok/model";

/** A folder that is new. */
export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), "vidtok-train-"));
}

/** A folder of `count` videos of 16 × 16 pixels and 8 frames: drifting waves. */
export async function videoFolder(count = 3): Promise<string> {
  const dir = newFolder();
  for (let i = 0; i < count; i++) {
    const video = writeVideo(join(dir, `wave${i}.mp4`), { width: 16, height: 16, fps: 8 });
    for (let t = 0; t < 8; t++) {
      const wave = (p: number): number =>
        128 + 90 * Math.sin(0.5 * (p % 16) + 0.4 * Math.floor(p / 16) + t + 2 * i);
      await video.write(
        Uint8Array.from({ length: 16 * 16 * 3 }, (_, j) => wave(Math.floor(j / 3)) + 10 * (j % 3)),
      );
    }
    await video.close();
  }
  return dir;
}

const fsq = {
  target: "vidtok.modules.regularizers.FSQRegularizer",
  params: {
    levels: [5, 5, 5],
    entropy_loss_weight: 0.1,
    entropy_loss_annealing_steps: 10,
    entropy_loss_annealing_factor: 3,
    commitment_loss_weight: 0.25,
  },
};
const kl = { target: "vidtok.modules.regularizers.DiagonalGaussianRegularizer" };

/** The config of a model of a few thousand weights, on clips of 5 × 16 × 16. */
export function tinyConfig(
  dir: string,
  overrides: readonly string[] = [],
  regularizer: "fsq" | "kl" = "fsq",
): ResolvedConfig {
  const network = {
    double_z: regularizer === "kl",
    z_channels: 3,
    in_channels: 3,
    out_ch: 3,
    ch: 4,
    ch_mult: [1, 2],
    num_res_blocks: 1,
    time_downsample_factor: 2,
    norm_type: "layernorm",
  };
  const dataset = {
    target: "vidtok.data.vidtok.VidTokDataset",
    params: {
      data_dir: dir,
      video_params: { input_height: 16, input_width: 16, sample_num_frames: 5, sample_fps: 8 },
    },
  };
  const config = {
    model: {
      base_learning_rate: 1e-3,
      target: "vidtok.models.autoencoder.AutoencodingEngine",
      params: {
        encoder_config: {
          target: "vidtok.modules.model_3dcausal.EncoderCausal3DPadding",
          params: network,
        },
        decoder_config: {
          target: "vidtok.modules.model_3dcausal.DecoderCausal3DPadding",
          params: network,
        },
        regularizer_config: regularizer === "kl" ? kl : fsq,
        loss_config: {
          target: "vidtok.modules.losses.GeneralLPIPSWithDiscriminator",
          params: {
            dims: 3,
            perceptual_weight: 0,
            disc_start: 0,
            disc_factor: 0,
            learn_logvar: true,
            regularization_weights: { aux_loss: 1, kl_loss: 1e-6 },
          },
        },
      },
    },
    data: {
      target: "vidtok.data.datamodule.DataModuleFromConfig",
      params: { batch_size: 1, train: dataset, validation: dataset },
    },
    lightning: {
      modelcheckpoint: { params: { every_n_train_steps: 1000 } },
      trainer: { precision: 32, val_check_interval: 1000, max_epochs: 100 },
    },
  };
  return loadConfig(config, overrides);
}

/** The lines of a run's log without what depends on the clock and on what ran before in this process. */
export function readLog(dir: string): readonly Record<string, number>[] {
  const lines = readFileSync(join(dir, "metrics.jsonl"), "utf8").trimEnd().split("\n");
  return lines.map((line) => {
    const scalars = JSON.parse(line) as Record<string, number>;
    delete scalars["train/steps_per_second"];
    delete scalars["train/data_wait"];
    delete scalars["train/peak_memory_gb"];
    return scalars;
  });
}
