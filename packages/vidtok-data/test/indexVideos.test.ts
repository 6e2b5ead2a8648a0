import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { VidTokDataset } from "../src/dataset.ts";
import { indexVideos } from "../src/indexVideos.ts";
import { h264, make, picture, temporaryFolder } from "./material.ts";

const video_params = { input_height: 16, input_width: 16, sample_num_frames: 2, sample_fps: 15 };

/** A folder with a video under each of these names, which may have folders in them. */
function folderOf(...names: string[]): string {
  const dir = temporaryFolder();
  const video = make(join(temporaryFolder(), "a.mp4"), `${picture(3)} ${h264}`);
  for (const name of names) cpSync(video, join(dir, name), { recursive: true });
  return dir;
}

test("an index lists the videos below a folder, sorted, as a dataset reads them", async () => {
  const names = ['say "hi", you.mp4', "b.mp4", "caf\u00e9.mp4", "sub/deep/a.MOV", " spaced .mkv"];
  const dir = folderOf(...names, "line\nend.mp4", "notes.txt");
  const { file, videos, leftOut } = await indexVideos(dir);
  expect(leftOut).toEqual([]);
  expect(videos).toEqual([...names, "line\nend.mp4"].sort());
  expect(file).toBe(join(dir, "videos.csv"));
  const text = readFileSync(file, "latin1");
  expect(text).toBe(
    'videos\n spaced .mkv\nb.mp4\ncaf\u00e9.mp4\n"line\nend.mp4"\n"say ""hi"", you.mp4"\nsub/deep/a.MOV\n',
  );
  const dataset = new VidTokDataset({ data_dir: dir, meta_path: file, video_params });
  expect(dataset.paths).toEqual(videos.map((video) => join(dir, video)));
  expect((await dataset.item(2, () => 0)).path).toBe(join(dir, "caf\u00e9.mp4"));
  expect(dataset.problems).toEqual([]);
});

test("videos that cannot be read are left out, with the reason", async () => {
  const dir = folderOf("good.mp4", "cut.mp4", "garbled.mp4");
  const whole = readFileSync(join(dir, "good.mp4"));
  writeFileSync(join(dir, "cut.mp4"), whole.subarray(0, 900));
  writeFileSync(join(dir, "empty.mp4"), "");
  // The index of this file is whole, its pictures are not.
  const [at, end] = [whole.indexOf("mdat") + 4, whole.indexOf("moov") - 4];
  const garbled = Buffer.from(whole);
  garbled.fill(0xa5, at, end);
  writeFileSync(join(dir, "garbled.mp4"), garbled);
  const seen: string[] = [];
  const out = join(temporaryFolder(), "list.csv");
  const { videos, leftOut } = await indexVideos(dir, {
    out,
    onProgress: (done, total) => seen.push(`${done}/${total}`),
  });
  expect(videos).toEqual(["good.mp4"]);
  expect(readFileSync(out, "latin1")).toBe("videos\ngood.mp4\n");
  expect(seen).toEqual(["1/4", "2/4", "3/4", "4/4"]);
  expect(leftOut.map(({ video, reason }) => [video, reason.replace(dir, "DIR")])).toEqual([
    ["cut.mp4", expect.stringContaining("video: DIR/cut.mp4 is not a whole mp4 file")],
    ["empty.mp4", "video: DIR/empty.mp4 is empty (0 bytes)"],
    ["garbled.mp4", "video: DIR/garbled.mp4 holds no frames that can be decoded"],
  ]);
});

test("an index is UTF-8 with a mark where a name needs it, and says so", async () => {
  const dir = folderOf("\u65e5.mp4", "cafe\u0301.mp4");
  const { file, videos, notes } = await indexVideos(dir);
  expect(videos).toEqual(["cafe\u0301.mp4", "\u65e5.mp4"]);
  expect(readFileSync(file, "utf8")).toBe("\ufeffvideos\ncafe\u0301.mp4\n\u65e5.mp4\n");
  expect(notes).toEqual([
    'index: written as UTF-8 with a mark, which the Python reference does not read: ISO-8859-1 has not all of "cafe\u0301.mp4"',
  ]);
  const dataset = new VidTokDataset({ data_dir: dir, meta_path: file, video_params });
  expect(dataset.paths).toEqual(videos.map((video) => join(dir, video)));
});

test("an index has every kind of video, says what is hidden and names what is no video", async () => {
  const dir = folderOf("folder.mp4/a.mp4", "._a.mp4");
  const kinds = {
    ...{ "a.ts": h264, "a.flv": h264, "a.mkv": h264, "a.m2ts": h264, "a.h264": h264 },
    ...{
      "a.3gp": h264,
      "a.wmv": "-c:v wmv2",
      "a.ogv": "-c:v libtheora",
      "a.mpg": "-c:v mpeg2video",
    },
    ...{
      "a.gif": "",
      "a.y4m": "-pix_fmt yuv420p",
      "a.avi": "-c:v mpeg4",
      "a.webm": "-c:v libvpx",
      "a.mxf": "-c:v mpeg2video",
    },
  };
  for (const [name, options] of Object.entries(kinds)) {
    make(join(dir, name), `${picture(6, { size: "176x144" })} ${options}`.trim());
  }
  writeFileSync(join(dir, "types.ts"), "export const a = 1;\n");
  const { videos, leftOut, notes } = await indexVideos(dir);
  expect(videos).toEqual([...Object.keys(kinds), "folder.mp4/a.mp4"].sort());
  expect(leftOut.map(({ video }) => video)).toEqual(["types.ts"]);
  expect(notes).toEqual([`index: hidden files or folders below ${dir} left out (1): ._a.mp4`]);
});

test("without a usable video there is no index, and one that was there stays", async () => {
  const dir = temporaryFolder();
  await expect(indexVideos(dir)).rejects.toThrow(`index: no videos below ${dir}`);
  await expect(indexVideos(join(dir, "none"))).rejects.toThrow(
    `index: ${join(dir, "none")} cannot be listed (ENOENT)`,
  );
  writeFileSync(join(dir, "a.mp4"), "");
  writeFileSync(join(dir, "videos.csv"), "videos\nold.mp4\n");
  await expect(indexVideos(dir)).rejects.toThrow(
    expect.objectContaining({
      message: `index: none of the 1 videos below ${dir} can be used: video: ${dir}/a.mp4 is empty (0 bytes)`,
      detail: `video: ${dir}/a.mp4 is empty (0 bytes)`,
    }),
  );
  expect(readFileSync(join(dir, "videos.csv"), "utf8")).toBe("videos\nold.mp4\n");
  expect(readdirSync(dir).sort()).toEqual(["a.mp4", "videos.csv"]);
});

test("an aborted index leaves nothing", async () => {
  const dir = folderOf("a.mp4", "b.mp4");
  const controller = new AbortController();
  const { signal } = controller;
  const onProgress = (): void => controller.abort(new Error("enough"));
  await expect(indexVideos(dir, { signal, onProgress })).rejects.toThrow("enough");
  expect(existsSync(join(dir, "videos.csv"))).toBe(false);
  expect(readdirSync(dir).sort()).toEqual(["a.mp4", "b.mp4"]);
});

test("an index needs a place where it can be written", async () => {
  const dir = folderOf("a.mp4");
  await expect(indexVideos(dir, { out: join(dir, "none", "list.csv") })).rejects.toThrow(
    `index: ${dir}/none/list.csv is in ${dir}/none, which does not exist; create it first`,
  );
});

const isLinux = process.platform === "linux";
const why = isLinux ? "" : " (skipped: only Linux has /proc, where nobody may write)";

test.skipIf(!isLinux)(`an index that cannot be written says so at once${why}`, async () => {
  await expect(indexVideos(folderOf("a.mp4"), { out: "/proc/list.csv" })).rejects.toThrow(
    "index: /proc/list.csv cannot be written (ENOENT)",
  );
});
