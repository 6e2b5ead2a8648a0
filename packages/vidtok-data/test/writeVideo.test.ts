import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { ffmpegPath } from "../src/binaries.ts";
import { readFrames } from "../src/frames.ts";
import { probeVideo } from "../src/probe.ts";
import { VideoError } from "../src/videoError.ts";
import { writeVideo } from "../src/writeVideo.ts";
import { temporaryFolder } from "./material.ts";

/** A smooth picture that moves with `t`, which a lossy codec keeps well. */
function gradient(width: number, height: number, t: number): Uint8Array {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const grey = (i % width) + Math.floor(i / width) + 4 * t + 40;
    data.fill(grey, i * 3, i * 3 + 3);
  }
  return data;
}

test.each([30, 29.97, 24000 / 1001, 7])(
  "frames written at %f per second are read back",
  async (fps) => {
    const folder = temporaryFolder();
    const path = join(folder, "out.mp4");
    const writer = writeVideo(path, { width: 48, height: 32, fps });
    const frame = new Uint8Array(48 * 32 * 3);
    for (let t = 0; t < 10; t++) {
      frame.set(gradient(48, 32, t));
      await writer.write(frame);
      expect(existsSync(path)).toBe(false);
    }
    await writer.close();
    expect(readdirSync(folder)).toEqual(["out.mp4"]);

    const info = await probeVideo(path);
    expect(info).toMatchObject({
      width: 48,
      height: 32,
      frames: 10,
      codec: "h264",
      hasAudio: false,
    });
    expect(info.fps).toBeCloseTo(fps, 9);
    const { data } = await readFrames(path, [0, 5, 9], { info });
    const expected = [0, 5, 9].flatMap((t) => [...gradient(48, 32, t)]);
    const error = expected.reduce((sum, v, i) => sum + Math.abs(v - data[i]!), 0) / expected.length;
    expect(error).toBeLessThan(2);
  },
);

test("odd sizes grow by repeating the last column and row", async () => {
  const path = join(temporaryFolder(), "odd.mp4");
  const writer = writeVideo(path, { width: 33, height: 17, fps: 5 });
  const frame = gradient(33, 17, 0);
  await writer.write(frame);
  await writer.close();
  const { data, shape } = await readFrames(path, [0]);
  expect(shape).toEqual([1, 18, 34, 3]);
  const corner = data.at(-1)!;
  expect(Math.abs(corner - frame.at(-1)!)).toBeLessThan(4);
});

test("a file that exists is replaced only by a whole one", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "out.mp4");
  const first = writeVideo(path, { width: 16, height: 16, fps: 5 });
  await first.write(gradient(16, 16, 0));
  await first.close();

  const second = writeVideo(path, { width: 32, height: 16, fps: 5 });
  await second.write(gradient(32, 16, 0));
  await second.abort();
  await second.abort();
  expect(readdirSync(folder)).toEqual(["out.mp4"]);
  expect((await probeVideo(path)).width).toBe(16);
  await expect(second.write(gradient(32, 16, 0))).rejects.toThrow(/is failed already/);
  await expect(first.close()).rejects.toThrow(/is closed already/);
});

test("a frame of another size and a video without frames are errors that leave nothing", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "out.mp4");
  const writer = writeVideo(path, { width: 16, height: 16, fps: 5 });
  await expect(writer.write(new Uint8Array(7))).rejects.toThrow(
    "writeVideo: frame 0 has 7 bytes but 16x16 RGB takes 768",
  );
  const empty = writeVideo(path, { width: 16, height: 16, fps: 5 });
  await expect(empty.close()).rejects.toThrow(`writeVideo: no frames for ${path}`);
  expect(readdirSync(folder)).toEqual([]);
});

test("an aborted or dead encoder leaves nothing", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "out.mp4");
  const controller = new AbortController();
  const { signal } = controller;
  const writer = writeVideo(path, { width: 16, height: 16, fps: 5, signal });
  await writer.write(gradient(16, 16, 0));
  controller.abort(new Error("enough"));
  await expect(writer.close()).rejects.toThrow("enough");
  expect(() => writeVideo(path, { width: 16, height: 16, fps: 5, signal })).toThrow("enough");
  expect(readdirSync(folder)).toEqual([]);

  onTestFinished(() => void vi.unstubAllEnvs());
  vi.stubEnv("FFMPEG_PATH", "/bin/false");
  const dead = writeVideo(path, { width: 512, height: 512, fps: 5 });
  const error = await (async () => {
    for (let t = 0; t < 9; t++) await dead.write(gradient(512, 512, t));
    await dead.close();
  })().catch((e: unknown) => e);
  expect(error).toBeInstanceOf(VideoError);
  expect((error as VideoError).message).toContain(`writeVideo: the encoder of ${path} stopped`);
  expect(readdirSync(folder)).toEqual([]);
});

test("places and sizes that cannot be are errors", () => {
  const folder = temporaryFolder();
  const path = join(folder, "out.mp4");
  const size = { width: 16, height: 16, fps: 5 };
  mkdirSync(join(folder, "taken"));
  const messages = [
    () => writeVideo(path, { ...size, width: 0 }),
    () => writeVideo(path, { ...size, fps: NaN }),
    () => writeVideo(join(folder, "taken"), size),
    () => writeVideo(join(folder, "none", "out.mp4"), size),
  ].map((attempt) => {
    try {
      attempt();
      return "no error";
    } catch (error) {
      return (error as Error).message.replaceAll(folder, "DIR");
    }
  });
  expect(messages).toMatchInlineSnapshot(`
    [
      "writeVideo: size 0x16 is not positive and whole",
      "writeVideo: NaN frames per second is not positive",
      "writeVideo: DIR/taken is a folder; name a file in it",
      "writeVideo: DIR/none/out.mp4 is in DIR/none, which does not exist; create it first",
    ]
  `);
});

test("a file that its encoder could not finish is an error, though the encoder says nothing", async () => {
  const folder = temporaryFolder();
  const limited = join(folder, "ffmpeg.sh");
  // Writing beyond the limit fails as on a full disk.
  const script = `#!/bin/sh\ntrap '' XFSZ\nulimit -f 4\nexec "${ffmpegPath()}" "$@"\n`;
  writeFileSync(limited, script, { mode: 0o755 });
  vi.stubEnv("FFMPEG_PATH", limited);
  onTestFinished(() => void vi.unstubAllEnvs());
  const writer = writeVideo(join(folder, "out.mp4"), { width: 48, height: 32, fps: 30 });
  for (let t = 0; t < 40; t++) await writer.write(noisePicture(48, 32, t));
  await expect(writer.close()).rejects.toThrow(/has 0 of its 40 frames \(is the disk full\?\): /);
  expect(readdirSync(folder)).toEqual(["ffmpeg.sh"]);
});

/** A picture that no codec can make small. */
function noisePicture(width: number, height: number, seed: number): Uint8Array {
  return new Uint8Array(width * height * 3).map(
    (_, i) => Math.imul(i + seed * 7919, 2654435761) >>> 24,
  );
}
