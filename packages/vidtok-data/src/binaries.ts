import { accessSync, constants, statSync } from "node:fs";
import { createRequire } from "node:module";
import { runnable } from "./runnable.ts";
import { VideoError } from "./videoError.ts";

const require = createRequire(import.meta.url);
const ready = new Map<string, string>();

/** Path of the ffmpeg that decodes and encodes: `FFMPEG_PATH`, else the bundled one. */
export function ffmpegPath(): string {
  return find("ffmpeg", "FFMPEG_PATH", () => bundled("@ffmpeg-installer/ffmpeg"));
}

/** Path of the ffprobe that reads metadata: `FFPROBE_PATH`, else the bundled one. */
export function ffprobePath(): string {
  return find("ffprobe", "FFPROBE_PATH", () => bundled("@ffprobe-installer/ffprobe"));
}

function find(name: string, variable: string, fallback: () => string): string {
  const chosen = process.env[variable];
  const key = `${name} ${chosen ?? ""}`;
  const known = ready.get(key);
  if (known !== undefined) return known;
  const path = chosen ? existing(chosen, variable) : packaged(name, variable, fallback);
  ready.set(key, path);
  return path;
}

function existing(path: string, variable: string): string {
  try {
    if (!statSync(path).isFile()) throw new Error("not a file");
    accessSync(path, constants.X_OK);
    return path;
  } catch {
    throw new VideoError(`${variable}: ${path} is not an executable file; point it at one`);
  }
}

function packaged(name: string, variable: string, locate: () => string): string {
  let path: string;
  try {
    path = locate();
  } catch (error) {
    throw new VideoError(
      `${name}: no bundled binary for ${process.platform}-${process.arch}; set ${variable}`,
      String(error),
    );
  }
  return runnable(path, variable);
}

function bundled(name: string): string {
  return (require(name) as { readonly path: string }).path;
}
