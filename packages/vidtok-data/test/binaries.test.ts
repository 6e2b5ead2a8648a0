import { execFileSync } from "node:child_process";
import { accessSync, chmodSync, constants, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { ffmpegPath, ffprobePath, makeExecutable } from "../src/binaries.ts";
import { temporaryFolder } from "./material.ts";

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

test("a program without the exec bit gets it, or the error says what to do", () => {
  const path = join(temporaryFolder(), "program");
  writeFileSync(path, "#!/bin/sh\n");
  chmodSync(path, 0o644);
  makeExecutable(path, "FFMPEG_PATH");
  expect(() => accessSync(path, constants.X_OK)).not.toThrow();
  expect(() => makeExecutable(`${path}-gone`, "FFMPEG_PATH")).toThrow(
    `${path}-gone is not executable and cannot be made so; chmod +x it or set FFMPEG_PATH`,
  );
});
