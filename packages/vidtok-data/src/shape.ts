import type { Fields } from "./ffprobe.ts";
import { orientationOf, rotated } from "./orientation.ts";
import type { Size } from "./orientation.ts";
import type { VideoInfo } from "./videoInfo.ts";

/** What `VideoInfo` says of sizes. */
export type Shape = Pick<
  VideoInfo,
  "width" | "height" | "stored" | "display" | "sampleAspectRatio" | "rotation" | "mirrored"
>;

/** The sizes of a stream whose first decoded picture has the size `stored`. */
export function shapeOf(video: Fields, stored: Size): Shape {
  const orientation = orientationOf(video);
  const ratio = (video.get("sample_aspect_ratio") ?? "").split(":").map(Number);
  const [across = 0, down = 0] = ratio;
  const sampleAspectRatio = across > 0 && down > 0 ? ([across, down] as const) : ([1, 1] as const);
  const width = Math.max(
    1,
    Math.round((stored.width * sampleAspectRatio[0]) / sampleAspectRatio[1]),
  );
  return {
    ...rotated(stored, orientation),
    stored: { width: stored.width, height: stored.height },
    display: rotated({ width, height: stored.height }, orientation),
    sampleAspectRatio,
    ...orientation,
  };
}
