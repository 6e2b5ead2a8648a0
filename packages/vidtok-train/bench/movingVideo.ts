import { join } from "node:path";
import { writeVideo } from "@vidtok/data";

const [width, height, frames] = [640, 360, 90];

/** Writes three seconds of drifting waves as a video of common size into a folder. */
export async function movingVideo(folder: string): Promise<void> {
  const video = writeVideo(join(folder, "waves.mp4"), { width, height, fps: 30 });
  const frame = new Uint8Array(width * height * 3);
  for (let t = 0; t < frames; t++) {
    for (let i = 0, at = 0; at < frame.length; i++) {
      const wave = Math.sin(0.05 * (i % width) + 0.03 * Math.floor(i / width) + 0.2 * t);
      for (let c = 0; c < 3; c++) frame[at++] = 128 + 90 * wave + 12 * c;
    }
    await video.write(frame);
  }
  await video.close();
}
