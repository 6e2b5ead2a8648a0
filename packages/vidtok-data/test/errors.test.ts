import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { readFrames, streamFrames } from "../src/frames.ts";
import { probeVideo } from "../src/probe.ts";
import { VideoError } from "../src/videoError.ts";
import { h264, make, picture, temporaryFolder } from "./material.ts";

/** The message of what `probeVideo` throws, without the folder. */
async function problem(path: string): Promise<string> {
  const error = await probeVideo(path).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(VideoError);
  const { message } = error as VideoError;
  expect(message).not.toContain("\n");
  expect(message).toContain(path);
  return message.replace(path, "FILE");
}

test("missing, empty and special files are named", async () => {
  const folder = temporaryFolder();
  const empty = join(folder, "empty.mp4");
  writeFileSync(empty, "");
  const messages = [
    await problem(join(folder, "none.mp4")),
    await problem(empty),
    await problem(folder),
    await problem(join(empty, "x.mp4")),
    await problem("/dev/null"),
  ];
  expect(messages).toMatchInlineSnapshot(`
    [
      "video: FILE does not exist",
      "video: FILE is empty (0 bytes)",
      "video: FILE is a directory, not a file",
      "video: FILE cannot be opened (ENOTDIR)",
      "video: FILE is not a regular file",
    ]
  `);
});

test("files that are no videos are named, with what ffprobe said", async () => {
  const folder = temporaryFolder();
  const noise = join(folder, "noise.mp4");
  writeFileSync(
    noise,
    Uint8Array.from({ length: 5000 }, (_, i) => (i * i * 31) >> 3),
  );
  const text = join(folder, "notes.txt");
  writeFileSync(text, "hello world\n".repeat(500));
  const playlist = join(folder, "list.m3u8");
  writeFileSync(playlist, "#EXTM3U\n#EXTINF:1,\nhttp://localhost:9/a.ts\n#EXT-X-ENDLIST\n");
  const sound = make(join(folder, "sound.wav"), "-f lavfi -i sine=d=0.2");
  const messages = [
    await problem(noise),
    await problem(text),
    await problem(playlist),
    await problem(sound),
  ];
  expect(messages).toMatchInlineSnapshot(`
    [
      "video: FILE is not a whole mp4 file: its index (moov atom) is missing",
      "video: FILE is a text file",
      "video: FILE is a playlist (hls), which names other files; give the video file itself",
      "video: FILE has no video stream (streams: audio)",
    ]
  `);
  const error = (await probeVideo(noise).catch((e: unknown) => e)) as VideoError;
  expect(error.detail).toContain("Invalid data found");
});

test("a file whose index is missing is an error", async () => {
  const folder = temporaryFolder();
  const whole = readFileSync(make(join(folder, "whole.mp4"), `${picture(60)} ${h264}`));
  const path = join(folder, "cut.mp4");
  writeFileSync(path, whole.subarray(0, whole.length / 2));
  expect(await problem(path)).toBe(
    "video: FILE is not a whole mp4 file: its index (moov atom) is missing",
  );
});

test("a frame that cannot be decoded is an error, not a wrong frame", async () => {
  const path = make(join(temporaryFolder(), "a.mp4"), `${picture(60)} ${h264}`);
  const info = await probeVideo(path);
  const bytes = readFileSync(path);
  const start = bytes.indexOf("mdat") + 4;
  writeFileSync(path, bytes.fill(0, start, start + 4000));
  const error = (await readFrames(path, [0, 1], { info }).catch((e: unknown) => e)) as VideoError;
  expect(error).toBeInstanceOf(VideoError);
  expect(error.message).toBe(
    `video: ${path} is damaged: 0 of the 2 frames wanted from 0 to 1 can be decoded`,
  );
  expect(error.detail).not.toBe("");
});

test("frames outside the video are errors", async () => {
  const path = make(join(temporaryFolder(), "a.mp4"), `${picture(10)} ${h264}`);
  for (const index of [10, -1, 0.5]) {
    await expect(readFrames(path, [0, index])).rejects.toThrow(
      `readFrames: frame ${index} of ${path}, which has frames 0 to 9`,
    );
  }
});

test("an aborted read rejects with the reason", async () => {
  const path = make(join(temporaryFolder(), "a.mp4"), `${picture(60)} ${h264}`);
  const reason = new Error("enough");
  await expect(readFrames(path, [1], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);

  const controller = new AbortController();
  const frames = streamFrames(path, [0, 40], { signal: controller.signal });
  await frames.next();
  controller.abort(reason);
  const rest = (async () => {
    while (!(await frames.next()).done);
  })();
  await expect(rest).rejects.toBe(reason);
});

test("binaries named by the environment must be programs", async () => {
  const folder = temporaryFolder();
  onTestFinished(() => void vi.unstubAllEnvs());
  const path = make(join(folder, "a.mp4"), `${picture(2)} ${h264}`);
  vi.stubEnv("FFPROBE_PATH", folder);
  await expect(probeVideo(path)).rejects.toThrow(
    `FFPROBE_PATH: ${folder} is not an executable file; point it at one`,
  );
  const broken = join(folder, "broken");
  writeFileSync(broken, "#!/nonexistent\n");
  chmodSync(broken, 0o755);
  vi.stubEnv("FFPROBE_PATH", broken);
  await expect(probeVideo(path)).rejects.toThrow(
    `video: ${path} cannot be read: sh: 1: exec: ${broken}: not found`,
  );
});
