import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ffmpegPath, ffprobePath } from "@vidtok/data";

/** A program that is called, with its version, or why it cannot be. */
export interface Tool {
  readonly name: string;
  readonly path?: string;
  readonly version?: string;
  readonly problem?: string;
}

/** Asks ffmpeg and ffprobe for their versions. */
export function describeTools(): Promise<Tool[]> {
  return Promise.all([describe("ffmpeg", ffmpegPath), describe("ffprobe", ffprobePath)]);
}

async function describe(name: string, locate: () => string): Promise<Tool> {
  let path: string | undefined;
  try {
    path = locate();
    const { stdout } = await promisify(execFile)(path, ["-version"], { timeout: 10_000 });
    const version = /^\w+ version (\S+)/.exec(stdout)?.[1];
    if (version === undefined) throw new Error(`${path} -version says no version`);
    return { name, path, version };
  } catch (error) {
    const problem = error instanceof Error ? error.message.split("\n")[0]! : String(error);
    return path === undefined ? { name, problem } : { name, path, problem };
  }
}
