import { join } from "node:path";
import { smallConfig } from "../smallConfig.ts";
import { testVideo } from "../videos.ts";

/** Arguments of `train` for a run of a tiny model on one video, in `runs` of the folder; by pixels alone, so that no weights are needed. */
export function request(folder: string): string[] {
  const config = smallConfig(folder, "vidtok_fsq_causal_488_4096");
  testVideo(folder, 12);
  const sets = ["train", "validation"].flatMap((set) => {
    const own = `data.params.${set}.params`;
    return [
      ...[`${own}.data_dir=${folder}`, `${own}.meta_path=null`],
      ...[`${own}.video_params.input_height=16`, `--${own}.video_params.input_width=16`],
      ...[`${own}.video_params.sample_num_frames=5`, `${own}.video_params.sample_fps=30`],
    ];
  });
  return [
    ...["-b", config, "--logdir", join(folder, "runs"), "--name", "tiny", "--no_date"],
    ...["--max_batches", "3", "--precision", "32", "--val-check-interval", "2"],
    ...[...sets, "data.params.batch_size=1", "data.params.num_workers=0"],
    ...["lightning.modelcheckpoint.params.every_n_train_steps=4"],
    ...["perceptual_weight=0", "disc_factor=0"].map((s) => `model.params.loss_config.params.${s}`),
  ];
}
