import { execFileSync } from "node:child_process";
import { expect, onTestFinished, test, vi } from "vitest";
import { ffmpegPath, ffprobePath } from "../src/binaries.ts";

test("the bundled programs run, whatever permissions they were unpacked with", () => {
  for (const path of [ffmpegPath(), ffprobePath()]) {
    expect(execFileSync(path, ["-version"], { encoding: "utf8" })).toMatch(
      /^ff(mpeg|probe) version/,
    );
  }
});

test("the environment may name other programs", () => {
  onTestFinished(() => void vi.unstubAllEnvs());
  vi.stubEnv("FFMPEG_PATH", process.execPath);
  expect(ffmpegPath()).toBe(process.execPath);
  vi.stubEnv("FFMPEG_PATH", "/nowhere/ffmpeg");
  expect(() => ffmpegPath()).toThrow(
    "FFMPEG_PATH: /nowhere/ffmpeg is not an executable file; point it at one",
  );
});
