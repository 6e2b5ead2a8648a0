import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readFrames } from "../src/frames.ts";
import { probeVideo } from "../src/probe.ts";
import { make, temporaryFolder } from "./material.ts";
import { numberedVideo, numberOf } from "./numberedVideo.ts";

const x264 = "-c:v libx264 -pix_fmt yuv420p -g 12 -bf 2";
const x265 = "-c:v libx265 -x265-params log-level=none:keyint=12:min-keyint=12:bframes=3";

/** The numbers that frames show when they are read alone, and all together. */
async function numbersOf(path: string, indices: readonly number[]) {
  const info = await probeVideo(path);
  const { width, height, frames } = info;
  const size = width * height * 3;
  const alone = [];
  for (const index of indices) {
    alone.push(numberOf((await readFrames(path, [index], { info })).data, width, height));
  }
  const { data } = await readFrames(path, [...Array(frames).keys()], { info });
  const together = indices.map((i) => numberOf(data.subarray(i * size), width, height));
  return { info, alone, together };
}

test.each([
  ["h264 in a transport stream", x264, "ts"],
  ["h264 in mp4", x264, "mp4"],
  ["h264 in Matroska", x264, "mkv"],
  ["vp8 in WebM", "-c:v libvpx -g 12", "webm"],
  ["vp9 in WebM", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 12", "webm"],
  ["hevc in a transport stream", x265, "ts"],
  ["vp9 in mp4", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 12 -strict -2", "mp4"],
])("a stream that changes its size midway, %s, keeps its count", async (_, args, kind) => {
  const folder = temporaryFolder();
  const parts = [
    await numberedVideo(folder, `first.${kind}`, args, { frames: 20, width: 128, height: 96 }),
    await numberedVideo(folder, `second.${kind}`, args, { frames: 25 }),
  ];
  const path = join(folder, `both.${kind}`);
  const list = join(folder, "list.txt");
  writeFileSync(list, parts.map((part) => `file '${part}'\n`).join(""));
  make(path, `-f concat -safe 0 -i ${list} -c copy -strict -2`);
  const indices = [0, 12, 19, 20, 25, 32, 44];
  const { info, alone, together } = await numbersOf(path, indices);
  expect(info).toMatchObject({ width: 128, height: 96, frames: 45 });
  expect(alone).toEqual([0, 12, 19, 0, 5, 12, 24]);
  expect(together).toEqual(alone);
});

test("a stream that changes its pixel format midway keeps its count", async () => {
  const folder = temporaryFolder();
  const parts = ["yuv420p", "yuv444p"].map((format) =>
    numberedVideo(folder, `${format}.h264`, `-c:v libx264 -g 12 -pix_fmt ${format}`, {
      frames: 20,
    }),
  );
  const path = join(folder, "both.h264");
  writeFileSync(path, Buffer.concat((await Promise.all(parts)).map((part) => readFileSync(part))));
  const { alone, together } = await numbersOf(path, [3, 19, 20, 38]);
  expect(alone).toEqual([3, 19, 0, 18]);
  expect(together).toEqual(alone);
});

test.each([
  ["h264", x264],
  ["h264 with open gops", `${x264} -x264opts open-gop=1`],
  ["hevc with closed gops", `${x265}:open-gop=0`],
  ["hevc with open gops", `${x265}:open-gop=1`],
  ["mpeg2", "-c:v mpeg2video -g 12 -bf 2"],
])(
  "a transport stream of %s that begins between key frames has those that follow",
  async (_, args) => {
    const folder = temporaryFolder();
    const whole = readFileSync(await numberedVideo(folder, "whole.ts", args, { frames: 60 }));
    // Behind the tables, from the packet in the middle of the first group of pictures.
    const tables = whole.subarray(0, 3 * 188);
    const packets = Math.floor(whole.length / 188);
    const starts = Array.from({ length: packets }, (_, i) => i).filter(
      (i) => whole.readUInt16BE(i * 188 + 1) === 0x4100,
    );
    const path = join(folder, "late.ts");
    writeFileSync(path, Buffer.concat([tables, whole.subarray(starts[5]! * 188)]));
    const { info, alone, together } = await numbersOf(path, [0, 1, 2, 15, 30]);
    expect(info.damage).toBeUndefined();
    expect(info.frames).toBe(60 - alone[0]!);
    expect(alone[0]).toBeGreaterThan(5);
    expect(alone[0]).toBeLessThanOrEqual(12);
    expect(alone.map((number) => number - alone[0]!)).toEqual([0, 1, 2, 15, 30]);
    expect(together).toEqual(alone);
  },
);

test("key frames that a container lies about are found out", async () => {
  const folder = temporaryFolder();
  for (const [name, args] of Object.entries({ "a.mp4": x264, "h.mp4": x265 })) {
    const path = await numberedVideo(folder, name, args, { frames: 60 });
    const bytes = readFileSync(path);
    // Without this table every sample counts as a key frame.
    bytes.write("free", bytes.indexOf("stss"), "latin1");
    writeFileSync(path, bytes);
    expect((await numbersOf(path, [31, 45, 59])).alone).toEqual([31, 45, 59]);
  }
});

test("a clock that wraps around midway does not disturb the count", async () => {
  const folder = temporaryFolder();
  // 33 bits of a 90 kHz clock end after 26.5 hours.
  const path = await numberedVideo(folder, "wrap.ts", `${x264} -output_ts_offset 95442.7`);
  const { info, alone } = await numbersOf(path, [0, 13, 20, 39]);
  expect(info.frames).toBe(40);
  expect(alone).toEqual([0, 13, 20, 39]);
});

test("the first video stream that is no cover picture is read", async () => {
  const folder = temporaryFolder();
  const cover = make(join(folder, "cover.png"), "-f lavfi -i color=red:s=32x32 -frames:v 1");
  const video = await numberedVideo(folder, "video.mp4", x264, { frames: 40 });
  const other = await numberedVideo(folder, "other.mp4", x264, { frames: 12 });
  const path = join(folder, "both.mp4");
  make(
    path,
    `-i ${cover} -i ${video} -i ${other} -map 0 -map 1 -map 2 -c copy -disposition:v:0 attached_pic`,
  );
  const { info, alone } = await numbersOf(path, [7, 31]);
  expect(info).toMatchObject({ codec: "h264", frames: 40 });
  expect(alone).toEqual([7, 31]);
});

test("packets that hold two pictures or none are counted as decoding shows them", async () => {
  const folder = temporaryFolder();
  const packed = await numberedVideo(folder, "a.avi", "-c:v libxvid -bf 2 -g 12");
  const path = make(join(folder, "a.mkv"), `-fflags +genpts -i ${packed} -c copy`);
  for (const file of [packed, path]) {
    const { alone, together, info } = await numbersOf(file, [0, 9, 20, 31]);
    expect(alone).toEqual(together);
    expect(info.frames).toBeGreaterThanOrEqual(38);
  }
});
