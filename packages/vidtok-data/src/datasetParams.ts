/** A training dataset as configs describe it, with their names. */
export interface VidTokDatasetParams {
  readonly data_dir: string;
  /** A csv file with a column `videos` of paths below data_dir; default: all videos there. */
  readonly meta_path?: string | null | undefined;
  readonly video_params: {
    readonly input_height: number;
    readonly input_width: number;
    readonly sample_num_frames: number;
    readonly sample_fps: number;
  };
  /** Share of the videos to use, the same ones each time; above 0, at most 1, which is the default. */
  readonly data_frac?: number | undefined;
  /** Whether an unreadable video is an error; default false: it gives a black clip. */
  readonly is_strict_loading?: boolean | undefined;
  /** Whether a missing file is replaced by another one; default true, false: it is an error. */
  readonly skip_missing_files?: boolean | undefined;
  /** First frame of every clip; default: random. */
  readonly start_index?: number | null | undefined;
}
