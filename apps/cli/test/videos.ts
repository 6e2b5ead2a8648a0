import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ffmpegPath } from "@vidtok/data";
import { onTestFinished } from "vitest";

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "vidtok-cli-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const lossless = ["-c:v", "libx264", "-qp", "0", "-pix_fmt", "yuv420p"];

/** Writes a moving test picture of 48 x 32 pixels, losslessly unless told, and returns its path. */
export function testVideo(folder: string, frames: number, fps = 30, codec = lossless): string {
  const path = join(folder, "moving.mp4");
  const source = `testsrc2=size=48x32:rate=${fps}`;
  execFileSync(ffmpegPath(), [
    ...["-v", "error", "-y", "-f", "lavfi", "-i", source, "-frames:v", `${frames}`, ...codec, path],
  ]);
  return path;
}
