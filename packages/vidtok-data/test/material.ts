import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { ffmpegPath } from "../src/binaries.ts";

/** An empty folder that goes away with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "vidtok-data-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs ffmpeg to make `path`; `args` are separated by spaces. */
export function make(path: string, args: string): string {
  execFileSync(ffmpegPath(), ["-v", "error", "-y", ...args.split(" "), path], { stdio: "pipe" });
  return path;
}

/** Options for a moving test picture as input. */
export function picture(frames: number, { fps = 30, size = "64x48", kind = "testsrc" } = {}) {
  return `-f lavfi -i ${kind}=s=${size}:r=${fps}:d=${frames / fps}`;
}

/** Options for H.264 with a key frame every 12. */
export const h264 = "-c:v libx264 -pix_fmt yuv420p -g 12";

/** All frames of a video, decoded from the start in one go; interlaced ones field by field. */
export function decodeAll(
  path: string,
  filters = "scale=interl=-1,format=rgb24",
  threads: readonly string[] = [],
): Uint8Array {
  const output = ["-vsync", "0", "-vf", filters, "-f", "rawvideo", "pipe:1"];
  return execFileSync(ffmpegPath(), [...threads, "-i", path, "-map", "0:V:0", ...output], {
    stdio: ["ignore", "pipe", "ignore"],
    maxBuffer: 2 ** 30,
  });
}
