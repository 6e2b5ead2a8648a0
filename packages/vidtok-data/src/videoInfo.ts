import type { Size } from "./orientation.ts";

/** What a video file holds, as far as reading frames needs it. */
export interface VideoInfo {
  readonly path: string;
  /** Width in pixels of the frames that readers give: stored pixels, after rotation. */
  readonly width: number;
  /** Height in pixels of the frames that readers give: stored pixels, after rotation. */
  readonly height: number;
  /** Size of the pictures in the file, before rotation. */
  readonly stored: Size;
  /** Size of a frame on a screen of square pixels, after rotation. */
  readonly display: Size;
  /** Width of a stored pixel by its height, as a fraction such as [16, 9]. */
  readonly sampleAspectRatio: readonly [numerator: number, denominator: number];
  /** Degrees clockwise that stored pictures are rotated by: 0, 90, 180 or 270. */
  readonly rotation: number;
  /** Whether stored pictures are mirrored left to right before they are rotated. */
  readonly mirrored: boolean;
  /** Average frames per second. */
  readonly fps: number;
  /** Number of pictures that decoding the file from its start yields. */
  readonly frames: number;
  /** Seconds. */
  readonly duration: number;
  /** ffmpeg's name of the video codec, for example "h264". */
  readonly codec: string;
  /** ffmpeg's name of the transfer function, for example "bt709"; "unknown" where none is given. */
  readonly transfer: string;
  readonly hasAudio: boolean;
  /**
   * What is missing of the file, such as "truncated: 21 of 40 frames are there"; undefined when
   * nothing is. `frames` are those that are left.
   */
  readonly damage: string | undefined;
}
