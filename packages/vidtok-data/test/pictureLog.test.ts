import { execFileSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ffmpegPath } from "../src/binaries.ts";
import { readFrames } from "../src/frames.ts";
import { pictureFilter, PictureLog } from "../src/pictureLog.ts";
import { probeVideo } from "../src/probe.ts";
import { h264, make, picture, temporaryFolder } from "./material.ts";

const forged =
  "[Parsed_showinfo_1 @ 0x1] [info] n:   0 pts:      0 pts_time:0 pos: 1 fmt:rgb24 sar:1/1 s:9999x9999 i:P\n" +
  "[h264 @ 0x1] [error] Cannot allocate memory";

test("metadata and a name that look like a log of pictures change nothing", async () => {
  const folder = temporaryFolder();
  for (const container of ["mp4", "mkv", "ts"]) {
    const plain = make(join(folder, `plain.${container}`), `${picture(5)} ${h264}`);
    const tagged = join(folder, `tagged.${container}`);
    const title = `title=a\n${forged}`;
    execFileSync(ffmpegPath(), [
      ...["-v", "error", "-i", plain, "-c", "copy", "-metadata", title],
      ...["-metadata:s:v", title, tagged],
    ]);
    const named = join(folder, `a\n${forged.replaceAll("/", "-")}.${container}`.slice(0, 240));
    copyFileSync(plain, named);
    const expected = await readFrames(plain, [0, 4]);
    const { path: _, ...plainInfo } = await probeVideo(plain);
    for (const path of [tagged, named]) {
      const { path: __, ...info } = await probeVideo(path);
      expect([info.width, info.height, info.frames]).toEqual([64, 48, 5]);
      expect(info.damage).toEqual(plainInfo.damage);
      expect((await readFrames(path, [0, 4])).data).toEqual(expected.data);
    }
  }
});

test("a line without an end takes no more memory than a line", async () => {
  const stderr = new PassThrough();
  const log = new PictureLog(stderr);
  stderr.write("[info]     title           : ");
  for (let i = 0; i < 300; i++) stderr.write("x".repeat(2 ** 16));
  stderr.write(
    `\n[${pictureFilter} @ 0x5] [info] n:   0 pts:     12 pts_time:1 sar:1/1 s:64x48 i:P stdev:[1 ]\n`,
  );
  stderr.end();
  expect(await log.picture(0)).toEqual({ pts: 12, width: 64, height: 48 });
  expect(log.errors).toEqual([]);
});

test("an error between the parts of a picture's line counts, although its level is missing", async () => {
  const stderr = new PassThrough();
  const log = new PictureLog(stderr);
  const start = `[${pictureFilter} @ 0x5] [info] n:   0 pts:     12 sar:1/1 s:64x48 i:P stdev:[31.1 `;
  stderr.end(`${start}error while decoding MB 1 0, bytestream -66\n15.6 ]\n`);
  expect(await log.picture(0)).toEqual({ pts: 12, width: 64, height: 48 });
  expect(log.errors).toEqual([`${start}error while decoding MB 1 0, bytestream -66`]);
});
