import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { indexVideos } from "../src/indexVideos.ts";
import { probeVideo } from "../src/probe.ts";
import { startFailure } from "../src/startFailure.ts";
import { VideoError } from "../src/videoError.ts";
import { h264, make, picture, temporaryFolder } from "./material.ts";

/** Puts a script in the place of ffprobe. */
function replaceFfprobe(lines: string): void {
  const path = join(temporaryFolder(), "ffprobe");
  writeFileSync(path, `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
  vi.stubEnv("FFPROBE_PATH", path);
  onTestFinished(() => void vi.unstubAllEnvs());
}

const isWindows = process.platform === "win32";
const why = isWindows ? " (skipped: needs a shell)" : "";

test("what the system refuses is told apart from what is wrong with a program", () => {
  const error = (code: string): Error => Object.assign(new Error("spawn"), { code });
  expect(startFailure("/bin/ffmpeg", error("EMFILE"))?.message).toBe(
    "ffmpeg: cannot be started (EMFILE): this process has too many open files; " +
      "raise `ulimit -n` or use fewer loader threads",
  );
  expect(startFailure("/bin/ffmpeg", error("ENOENT"))).toBeUndefined();
});

test.skipIf(isWindows)(
  `no video is blamed where a program gets no thread or file, and none is left out${why}`,
  async () => {
    const folder = temporaryFolder();
    const video = make(join(folder, "a.mp4"), `${picture(2)} ${h264}`);
    for (const [words, code] of [
      ["Resource temporarily unavailable", "EAGAIN"],
      ["Too many open files", "EMFILE"],
    ]) {
      replaceFfprobe(`echo "decoder: ${words}" >&2; exit 1`);
      const error = await probeVideo(video).catch((reason: unknown) => reason);
      expect(error).not.toBeInstanceOf(VideoError);
      expect(String(error)).toContain(`ffprobe: ended early (${code}): `);
      await expect(indexVideos(folder)).rejects.toThrow(`ended early (${code})`);
    }
  },
);

test.skipIf(isWindows)(`a name that holds such words is only a name${why}`, async () => {
  const video = make(join(temporaryFolder(), "a.mp4"), `${picture(2)} ${h264}`);
  replaceFfprobe(`echo "Too many open files.mp4: Invalid data found" >&2; exit 1`);
  await expect(probeVideo(video)).rejects.toBeInstanceOf(VideoError);
});
