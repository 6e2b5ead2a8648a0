import { join } from "node:path";
import { expect, test } from "vitest";
import { readFrames, streamFrames } from "../src/frames.ts";
import { probeVideo } from "../src/probe.ts";
import type { VideoInfo } from "../src/videoInfo.ts";
import { randomSource } from "../src/random.ts";
import { decodeAll, h264, make, picture, temporaryFolder } from "./material.ts";

/** Reads frames in several orders and compares each with the whole file decoded in one go. */
async function expectExactFrames(path: string): Promise<VideoInfo> {
  const info = await probeVideo(path);
  const size = info.width * info.height * 3;
  const all = decodeAll(path);
  expect(info.frames).toBe(all.length / size);

  const random = randomSource(7);
  const any = (): number => Math.floor(random() * info.frames);
  const everything = Array.from({ length: info.frames }, (_, i) => i);
  const lists = [everything, [info.frames - 1], ...[1, 2, 3].map(() => [any(), any(), any()])];
  for (const indices of [...lists, [any(), 0, any(), any(), 0]]) {
    const { data, shape } = await readFrames(path, indices, { info });
    expect(shape).toEqual([indices.length, info.height, info.width, 3]);
    const wrong = indices.filter((index, i) => {
      const [read, real] = [i, index].map((n) => n * size) as [number, number];
      return Buffer.compare(data.subarray(read, read + size), all.subarray(real, real + size));
    });
    expect(wrong, `of frames ${indices.join(" ")}`).toEqual([]);
  }
  return info;
}

const formats: Record<string, string> = {
  "b-frames.mp4": `${picture(100)} ${h264} -bf 3`,
  "open-gop.mp4": `${picture(100)} ${h264} -bf 3 -x264opts open-gop=1:keyint=12:min-keyint=12`,
  "key-every-two.mp4": `${picture(40)} -c:v libx264 -pix_fmt yuv420p -g 2 -bf 2`,
  "intra-refresh.mp4": `${picture(60)} -c:v libx264 -x264opts intra-refresh=1:keyint=20`,
  "hevc.mp4": `${picture(40)} -c:v libx265 -x265-params log-level=none:keyint=12`,
  "interlaced.mp4": `${picture(60)} -vf tinterlace=4 -flags +ildct+ilme ${h264}`,
  "ntsc.mov": `${picture(50, { fps: 29.97 })} ${h264}`,
  "audio.mkv": `-f lavfi -i sine=d=4 ${picture(100)} ${h264} -c:a aac`,
  "late.mkv": `${picture(60)} ${h264} -output_ts_offset 17.3`,
  "stream.ts": `-f lavfi -i sine=d=4 ${picture(100)} ${h264} -c:a aac`,
  "no-times.h264": `${picture(40)} ${h264}`,
  "no-times.avi": `${picture(100)} -c:v mpeg4 -bf 2 -g 12`,
  "hidden-frames.webm": `${picture(40)} -c:v libvpx -auto-alt-ref 1 -lag-in-frames 16 -g 15`,
  "vp9.webm": `${picture(40)} -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 15`,
  "gif.gif": picture(20, { fps: 10 }),
};

test.each(Object.entries(formats))("frames of %s are exact in any order", async (name, args) => {
  const info = await expectExactFrames(make(join(temporaryFolder(), name), args));
  expect(info).toMatchObject({ width: 64, height: 48, rotation: 0 });
});

test("variable frame rate: frames are exact and all counted", async () => {
  const folder = temporaryFolder();
  const sources = [10, 30, 24].map((fps) => picture(30, { fps })).join(" ");
  const path = make(
    join(folder, "vfr.mp4"),
    `${sources} -filter_complex [0][1][2]concat=n=3 -r 120 -vsync vfr ${h264}`,
  );
  const info = await expectExactFrames(path);
  expect(info.frames).toBe(90);
  expect(info.fps).toBeCloseTo(90 / (3 + 1 + 1.25), 0);
});

test.each([
  [90, 48, 64],
  [180, 64, 48],
  [270, 48, 64],
])("a video turned by %i degrees is read as displayed", async (rotation, width, height) => {
  const folder = temporaryFolder();
  const plain = make(join(folder, "plain.mp4"), `${picture(40)} ${h264}`);
  const path = make(
    join(folder, "turned.mp4"),
    `-i ${plain} -c copy -metadata:s:v rotate=${360 - rotation}`,
  );
  expect(await expectExactFrames(path)).toMatchObject({ rotation, width, height });
});

test("portrait, odd, cut by an edit list and one-frame videos are exact", async () => {
  const folder = temporaryFolder();
  const at = (name: string): string => join(folder, name);
  const portrait = make(at("portrait.mp4"), `${picture(20, { size: "48x64" })} ${h264}`);
  expect(await expectExactFrames(portrait)).toMatchObject({ width: 48, height: 64 });

  const odd = make(
    at("odd.mp4"),
    `${picture(20, { size: "63x47" })} -c:v libx264 -pix_fmt yuv444p`,
  );
  expect(await expectExactFrames(odd)).toMatchObject({ width: 63, height: 47 });

  const whole = make(at("whole.mp4"), `-f lavfi -i sine=d=4 ${picture(100)} ${h264} -c:a aac`);
  const cut = make(at("cut.mp4"), `-ss 0.9 -i ${whole} -c copy`);
  expect((await expectExactFrames(cut)).frames).toBe(73);

  const one = make(at("one.mp4"), `${picture(1)} ${h264}`);
  expect(await expectExactFrames(one)).toMatchObject({ frames: 1, fps: 30 });
});

test("a probe tells what is in the file", async () => {
  const path = make(
    join(temporaryFolder(), "a b&c'd,e.mp4"),
    `-f lavfi -i sine=d=2 ${picture(50, { fps: 25 })} ${h264} -c:a aac`,
  );
  expect(await expectExactFrames(path)).toEqual({
    path,
    width: 64,
    height: 48,
    fps: 25,
    frames: 50,
    duration: 2,
    stored: { width: 64, height: 48 },
    display: { width: 64, height: 48 },
    sampleAspectRatio: [1, 1],
    rotation: 0,
    mirrored: false,
    codec: "h264",
    transfer: "unknown",
    hasAudio: true,
    damage: undefined,
  });
});

test("streamed frames come one by one, in the order asked for", async () => {
  const path = make(join(temporaryFolder(), "a.mp4"), `${picture(60)} ${h264}`);
  const size = 64 * 48 * 3;
  const all = decodeAll(path);
  const indices = [50, 51, 51, 3, 3, 59, 0];
  let i = 0;
  for await (const frame of streamFrames(path, indices)) {
    const at = indices[i++]! * size;
    expect(Buffer.compare(frame, all.subarray(at, at + size))).toBe(0);
    frame.fill(0); // a frame belongs to who gets it
  }
  expect(i).toBe(indices.length);
});

test("frames can be scaled while reading", async () => {
  const path = make(join(temporaryFolder(), "a.mp4"), `${picture(10)} ${h264}`);
  const { data, shape } = await readFrames(path, [2, 4], { size: { width: 16, height: 12 } });
  expect(shape).toEqual([2, 12, 16, 3]);
  expect(data.length).toBe(2 * 12 * 16 * 3);
});

test("reading no frames gives none", async () => {
  const path = make(join(temporaryFolder(), "a.mp4"), `${picture(3)} ${h264}`);
  expect((await readFrames(path, [])).shape).toEqual([0, 48, 64, 3]);
});
