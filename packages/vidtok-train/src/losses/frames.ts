import { permute, reshape } from "@vidtok/tensor";
import type { Tensor } from "@vidtok/tensor";

/** The frames of clips `[n, c, t, h, w]` as a batch of images `[n · t, c, h, w]`: a view. */
export function framesOf(clips: Tensor): Tensor {
  const [n, c, t, h, w] = clips.shape as [number, number, number, number, number];
  return reshape(permute(clips, [0, 2, 1, 3, 4]), [n * t, c, h, w]);
}

/** Frames `[n · t, c, h, w]` as the clips of `shape` that they came from. */
export function clipsOf(frames: Tensor, shape: readonly number[]): Tensor {
  const [n, c, t, h, w] = shape as [number, number, number, number, number];
  return permute(reshape(frames, [n, t, c, h, w]), [0, 2, 1, 3, 4]);
}
