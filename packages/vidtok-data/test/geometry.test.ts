import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readFrames } from "../src/frames.ts";
import { orientationFilters, orientationOf } from "../src/orientation.ts";
import { probeVideo } from "../src/probe.ts";
import { h264, make, picture, temporaryFolder } from "./material.ts";
import { decodedPlainly, numberedVideo, numberOf } from "./numberedVideo.ts";

const [width, height] = [64, 48];

/** A stored pixel (column, row) that is shown at (x, y), for a width and height as stored. */
type Source = (x: number, y: number) => readonly [column: number, row: number];

/** Whether a frame shows a stored picture as `source` says. */
function isShownAs(frame: Uint8Array, size: readonly number[], stored: Uint8Array, source: Source) {
  const [w, h] = size as [number, number];
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const [column, row] = source(x, y);
      for (let c = 0; c < 3; c++) {
        if (frame[(y * w + x) * 3 + c] !== stored[(row * width + column) * 3 + c]) return false;
      }
    }
  }
  return true;
}

const [right, bottom] = [width - 1, height - 1];
// Rows (a, b) and (c, d): a stored step to the right goes to (a, b), one down to (c, d).
const orientations: [string, number[], number, boolean, Source][] = [
  ["as stored", [1, 0, 0, 1], 0, false, (x, y) => [x, y]],
  ["rotated by 90", [0, 1, -1, 0], 90, false, (x, y) => [y, bottom - x]],
  ["rotated by 180", [-1, 0, 0, -1], 180, false, (x, y) => [right - x, bottom - y]],
  ["rotated by 270", [0, -1, 1, 0], 270, false, (x, y) => [right - y, x]],
  ["mirrored", [-1, 0, 0, 1], 0, true, (x, y) => [right - x, y]],
  ["upside down", [1, 0, 0, -1], 180, true, (x, y) => [x, bottom - y]],
  ["transposed", [0, 1, 1, 0], 270, true, (x, y) => [y, x]],
];

test.each(orientations)(
  "a picture is %s when its display matrix says so, in mp4 and Matroska",
  async (_, [a, b, c, d], rotation, mirrored, source) => {
    const folder = temporaryFolder();
    const path = make(join(folder, "a.mp4"), `${picture(30)} ${h264}`);
    const stored = await decodedPlainly(path);
    const bytes = readFileSync(path);
    // The matrix of the track header stands before its width and height.
    const header = bytes.indexOf("tkhd") + 44;
    [a!, b!, 0, c!, d!].forEach((value, i) => bytes.writeInt32BE(value * 65536, header + 4 * i));
    writeFileSync(path, bytes);

    const info = await probeVideo(path);
    const turned = rotation % 180 === 90;
    const size = turned ? [height, width] : [width, height];
    expect(info).toMatchObject({ rotation, mirrored, width: size[0], height: size[1] });
    expect(info.stored).toEqual({ width, height });
    const { data } = await readFrames(path, [29], { info });
    const last = stored.subarray(-width * height * 3);
    expect(isShownAs(data, size, last, source)).toBe(true);
  },
);

test("angles between quarter turns are rounded", () => {
  const angle = (degrees: number) => {
    const [cos, sin] = [Math.cos, Math.sin].map((f) => f((degrees * Math.PI) / 180) * 65536);
    const rows = [
      [cos!, sin!, 0].map(Math.round),
      [-sin!, cos!, 0].map(Math.round),
      [0, 0, 2 ** 30],
    ];
    const text = rows.map((row, i) => `0000000${i}: ${row.join(" ")}\\n`).join("");
    return orientationOf(new Map([["displaymatrix", `\\n${text}`]])).rotation;
  };
  expect([3, 44, 46, 91, 200, 300, 359].map(angle)).toEqual([0, 0, 90, 90, 180, 270, 0]);
  expect(orientationOf(new Map([["tag:rotate", "90"]]))).toEqual({ mirrored: false, rotation: 90 });
  expect(orientationOf(new Map())).toEqual({ mirrored: false, rotation: 0 });
  expect(orientationFilters({ mirrored: true, rotation: 90 })).toEqual([
    "hflip",
    "transpose=clock",
  ]);
});

test("pixels that are not square are read as stored, or in the shape shown", async () => {
  const folder = temporaryFolder();
  const plain = join(folder, "plain.mp4");
  make(plain, `${picture(3, { size: "72x96" })} -vf setsar=16/9 ${h264}`);
  const path = make(join(folder, "a.mp4"), `-i ${plain} -c copy -metadata:s:v rotate=90`);
  const info = await probeVideo(path);
  expect(info).toMatchObject({
    width: 96,
    height: 72,
    stored: { width: 72, height: 96 },
    display: { width: 96, height: 128 },
    sampleAspectRatio: [16, 9],
  });
  expect((await readFrames(path, [1], { info })).shape).toEqual([1, 72, 96, 3]);
  const shown = await readFrames(path, [1], { info, pixels: "display" });
  expect(shown.shape).toEqual([1, 128, 96, 3]);
});

test("a crop that begins between bytes of SIMD words is applied, not squeezed", async () => {
  const folder = temporaryFolder();
  const whole = await numberedVideo(folder, "a.h264", "-c:v libx264 -bf 0 -pix_fmt yuv420p");
  const crop = "-c copy -bsf:v h264_metadata=crop_left=6:crop_right=2:crop_bottom=4";
  const path = make(join(folder, "cropped.mp4"), `-i ${whole} ${crop}`);
  const info = await probeVideo(path);
  expect(info).toMatchObject({ width: 56, height: 44 });
  const { data } = await readFrames(path, [33], { info });
  const all = await decodedPlainly(whole);
  const stored = all.subarray(33 * width * height * 3);
  let worst = 0;
  for (let y = 0; y < 44; y++) {
    const row = stored.subarray((y * width + 6) * 3, (y * width + 62) * 3);
    const shown = data.subarray(y * 56 * 3, (y + 1) * 56 * 3);
    worst = Math.max(worst, ...row.map((value, i) => Math.abs(value - shown[i]!)));
  }
  expect(worst).toBe(0);
});

test("chroma of interlaced pictures is converted field by field", async () => {
  const folder = temporaryFolder();
  // Planes Y, U and V of a red field on even rows and a blue one on odd rows.
  const planes = [
    { columns: width, rows: height, values: [82, 41] },
    { columns: width / 2, rows: height / 2, values: [90, 240] },
    { columns: width / 2, rows: height / 2, values: [240, 110] },
  ];
  const yuv = planes.flatMap(({ columns, rows, values }) =>
    Array.from({ length: rows }, (_, row) => Buffer.alloc(columns, values[row % 2])),
  );
  const raw = join(folder, "a.yuv");
  writeFileSync(raw, Buffer.concat([...yuv, ...yuv]));
  const fields = "-c:v mpeg2video -flags +ildct+ilme -top 1 -qscale 1";
  const path = make(
    join(folder, "a.mkv"),
    `-f rawvideo -pix_fmt yuv420p -s ${width}x${height} -r 25 -i ${raw} ${fields}`,
  );
  const { data } = await readFrames(path, [1]);
  const at = (row: number): number[] => {
    const pixel = (row * width + width / 2) * 3;
    return [...data.subarray(pixel, pixel + 3)];
  };
  for (let row = 2; row < height - 2; row++) {
    const [red, green, blue] = at(row) as [number, number, number];
    expect(green).toBeLessThan(30);
    expect(row % 2 === 0 ? red - blue : blue - red).toBeGreaterThan(200);
  }
});

test.each([
  ["portrait", 48, 80, 20],
  ["one frame", 64, 48, 1],
  ["13 frames", 64, 48, 13],
  ["odd size", 97, 55, 20],
])("a video with %s is read as it was written", async (_, w, h, frames) => {
  const folder = temporaryFolder();
  for (const [kind, args] of Object.entries({
    mp4: "-c:v libx264 -pix_fmt yuv444p -qp 1 -g 12",
    mkv: "-c:v libx264rgb -qp 0",
    avi: "-c:v ffv1",
  })) {
    const size = { frames, width: w, height: h };
    const path = await numberedVideo(folder, `a.${kind}`, args, size);
    const info = await probeVideo(path);
    expect(info).toMatchObject({ ...size, damage: undefined });
    const { data } = await readFrames(path, [...Array(frames).keys()], { info });
    const raw = readFileSync(join(folder, `${frames}-${w}x${h}.rgb`));
    const error = data.reduce((most, value, i) => Math.max(most, Math.abs(value - raw[i]!)), 0);
    expect(error).toBeLessThanOrEqual(kind === "mp4" ? 12 : 0);
    expect(numberOf(data.subarray(-w * h * 3), w, h)).toBe(frames - 1);
  }
});
