import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readFrames } from "../src/frames.ts";
import { probeVideo } from "../src/probe.ts";
import { decodeAll, h264, make, picture, temporaryFolder } from "./material.ts";

const large = { size: "96x64", kind: "testsrc2" };
const mpeg2 = "-c:v mpeg2video -bf 2";
const kinds: Record<string, string> = {
  "index-first.mp4": `${h264} -movflags +faststart`,
  "fragmented.mp4": `${h264} -movflags +frag_keyframe+empty_moov`,
  "intra.mov": "-c:v mjpeg -movflags +faststart",
  "a.mkv": h264,
  "vp9.webm": "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 15",
  "vp8.webm": "-c:v libvpx -g 15",
  "a.ts": h264,
  "h264.avi": h264,
  "mpeg4.avi": "-c:v mpeg4 -bf 2",
  "a.flv": h264,
  "a.wmv": "-c:v wmv2",
  "a.ogv": "-c:v libtheora",
  "a.mpg": mpeg2,
  "a.m2v": mpeg2,
  "a.h264": h264,
  "a.ivf": "-c:v libvpx -g 15",
  "a.gif": "",
};

test.each(Object.entries(kinds))(
  "%s cut in a frame is read up to there and named as truncated",
  async (name, args) => {
    const folder = temporaryFolder();
    const whole = make(join(folder, name), `${picture(40, large)} ${args}`.trim());
    const { frames, damage } = await probeVideo(whole);
    expect({ frames, damage }).toEqual({ frames: 40, damage: undefined });

    const bytes = readFileSync(whole);
    const cut = join(folder, `cut-${name}`);
    for (const share of [0.63, 0.86]) {
      writeFileSync(cut, bytes.subarray(0, Math.floor(bytes.length * share)));
      const info = await probeVideo(cut);
      const all = decodeAll(cut, undefined, ["-threads", "1"]);
      const size = 96 * 64 * 3;
      expect(info.frames).toBe(all.length / size);
      expect(info.frames).toBeLessThanOrEqual(40);
      expect(info.damage).toMatch(
        /^truncated: (\d+ of 40 frames are there|it ends in its last frame)$/,
      );
      const last = await readFrames(cut, [info.frames - 1], { info });
      expect(Buffer.compare(last.data, all.subarray(-size))).toBe(0);
    }
  },
);

test("a word on truncation names what is left of the frames announced", async () => {
  const folder = temporaryFolder();
  const args = `${picture(60)} ${h264} -bf 0 -movflags +faststart`;
  const bytes = readFileSync(make(join(folder, "a.mp4"), args));
  const cut = join(folder, "cut.mp4");
  writeFileSync(cut, bytes.subarray(0, bytes.length * 0.7));
  const info = await probeVideo(cut);
  expect(info.damage).toBe(`truncated: ${info.frames} of 60 frames are there`);
});

test.each([
  ["from between key frames", "-ss 0.9", 73],
  ["from a key frame to between frames", "-ss 0.8 -t 0.7", undefined],
  ["both ends between key frames", "-ss 1.07 -t 1.5", undefined],
])("an mp4 cut out by stream copy %s is whole", async (_, range, frames) => {
  const folder = temporaryFolder();
  for (const bFrames of [0, 2, 3]) {
    const args = `${picture(100)} ${h264} -bf ${bFrames}`;
    const whole = make(join(folder, `${bFrames}.mp4`), args);
    const cut = make(join(folder, "cut.mp4"), `${range} -i ${whole} -c copy`);
    const info = await probeVideo(cut);
    const all = decodeAll(cut);
    const size = 64 * 48 * 3;
    expect(info.damage).toBeUndefined();
    expect(info.frames).toBe(all.length / size);
    if (frames !== undefined) expect(info.frames).toBe(frames);
    for (const index of [0, 1, info.frames - 2, info.frames - 1]) {
      const { data } = await readFrames(cut, [index], { info });
      expect(Buffer.compare(data, all.subarray(index * size, (index + 1) * size))).toBe(0);
    }
  }
});

test("frames missing in the middle are not counted, and named", async () => {
  const folder = temporaryFolder();
  const whole = readFileSync(make(join(folder, "a.ts"), `${picture(100)} ${h264}`));
  const packets = Math.floor(whole.length / 188);
  const [from, to] = [0.4, 0.7].map((share) => Math.floor(packets * share) * 188);
  const path = join(folder, "hole.ts");
  writeFileSync(path, Buffer.concat([whole.subarray(0, from), whole.subarray(to)]));
  const info = await probeVideo(path);
  expect(info.frames).toBe(decodeAll(path).length / (64 * 48 * 3));
  expect(info.frames).toBeLessThan(90);
  expect(info.damage).toMatch(/^damaged: frames are missing after frame \d+$/);
});
