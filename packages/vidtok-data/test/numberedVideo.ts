import { execFile } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { ffmpegPath } from "../src/binaries.ts";

const run = promisify(execFile);
const bits = 6;

/** Raw frames that show their number: six vertical bars above, black for 0 and white for 1. */
function numberedFrames(frames: number, width: number, height: number): Uint8Array {
  const data = new Uint8Array(frames * width * height * 3);
  for (let i = 0; i < frames; i++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const isBar = y < height / 2;
        const bit = (i >> Math.floor((x * bits) / width)) & 1;
        const value = isBar ? 16 + 219 * bit : (3 * x + 2 * y + 7 * i) % 256;
        const at = ((i * height + y) * width + x) * 3;
        data.fill(value, at, at + 3);
        if (!isBar) data[at + 2] = (value + 80) % 256;
      }
    }
  }
  return data;
}

/** The number that a frame of `numberedVideo` shows. */
export function numberOf(frame: Uint8Array, width: number, height: number): number {
  let number = 0;
  for (let bit = 0; bit < bits; bit++) {
    const x = Math.floor(((bit + 0.5) * width) / bits);
    const y = Math.floor(height / 4);
    if (frame[(y * width + x) * 3 + 1]! > 125) number += 2 ** bit;
  }
  return number;
}

/** Writes a video of up to 64 numbered frames, 25 a second; `args` choose codec and filters. */
export async function numberedVideo(
  folder: string,
  name: string,
  args: string,
  { frames = 40, width = 64, height = 48 } = {},
): Promise<string> {
  const raw = join(folder, `${frames}-${width}x${height}.rgb`);
  if (!existsSync(raw)) writeFileSync(raw, numberedFrames(frames, width, height));
  const input = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", `${width}x${height}`, "-r", "25"];
  const path = join(folder, name);
  const output = args.split(" ").filter((arg) => arg !== "");
  await run(ffmpegPath(), ["-v", "error", "-y", ...input, "-i", raw, ...output, path]);
  return path;
}

/** All pictures of a video by a plain run of ffmpeg, unrotated; interlaced ones by fields. */
export async function decodedPlainly(path: string): Promise<Uint8Array> {
  const { stdout } = await run(
    ffmpegPath(),
    [
      ...["-v", "quiet", "-noautorotate", "-i", path, "-map", "0:V:0", "-vsync", "0"],
      ...["-vf", "scale=interl=-1,format=rgb24", "-f", "rawvideo", "pipe:1"],
    ],
    { encoding: "buffer", maxBuffer: 2 ** 30 },
  );
  return stdout;
}
