import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { ffmpegPath } from "../src/binaries.ts";
import { decodeSegment } from "../src/decoder.ts";
import { streamFrames } from "../src/frames.ts";
import { probedVideo, probeVideo } from "../src/probe.ts";
import { decodeAll, h264, make, picture, temporaryFolder } from "./material.ts";

test("a seek that lands too late is made up for, not answered with other frames", async () => {
  const path = make(join(temporaryFolder(), "a.mp4"), `${picture(60)} ${h264}`);
  const info = await probeVideo(path);
  const video = await probedVideo(info);
  const size = 64 * 48 * 3;
  const all = decodeAll(path);
  const indices = [14, 20, 40];
  let i = 0;
  for await (const frame of decodeSegment(video, { indices, seek: 36 / 30 }, info, undefined)) {
    const at = indices[i++]! * size;
    expect(Buffer.compare(frame, all.subarray(at, at + size))).toBe(0);
  }
  expect(i).toBe(3);
});

test("a reader that stops early ends its decoder", async () => {
  const folder = temporaryFolder();
  const path = make(join(folder, "a.mp4"), `${picture(60, { size: "320x240" })} ${h264}`);
  const pidFile = join(folder, "pid");
  const wrapper = join(folder, "ffmpeg.sh");
  writeFileSync(wrapper, `#!/bin/sh\necho $$ > '${pidFile}'\nexec '${ffmpegPath()}' "$@"\n`);
  chmodSync(wrapper, 0o755);
  onTestFinished(() => void vi.unstubAllEnvs());
  vi.stubEnv("FFMPEG_PATH", wrapper);

  for await (const frame of streamFrames(path, [...Array(60).keys()])) {
    expect(frame.length).toBe(320 * 240 * 3);
    break;
  }
  const pid = Number(readFileSync(pidFile, "utf8"));
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow("ESRCH"), { timeout: 10_000 });
});
