import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { evaluationVideos, listVideos } from "../src/videoList.ts";

const video_params = { input_height: 16, input_width: 16, sample_num_frames: 2, sample_fps: 15 };

function folderOf(...names: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "vidtok-list-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const name of names) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), "");
  }
  return folder;
}

test("an evaluation takes every mp4 file below a folder that is not hidden, sorted", () => {
  const folder = folderOf("b.mp4", "a/z.MP4", "c.mkv", "d.txt", "._b.mp4", ".trash/e.mp4");
  expect(evaluationVideos({ data_dir: folder })).toEqual({
    paths: [join(folder, "a/z.MP4"), join(folder, "b.mp4")],
    problems: [
      `dataset: hidden files or folders below ${folder} left out (2): ._b.mp4, .trash`,
      `dataset: videos below ${folder} that are no mp4 files left out (1); list those in a csv file with the column "videos" for meta_path`,
    ],
  });
});

test("a training folder is every video of any kind below it that is not hidden", () => {
  const names = ["b.mp4", "a/z.ts", "c.WMV", "d.3gp", "e.ogv", "f.flv", "g.y4m"];
  const left = ["d.txt", "e.jpg", "._b.mp4", ".DS_Store", ".trash/e.mp4", "a/.hidden.mkv"];
  const folder = folderOf(...names, ...left);
  expect(listVideos({ data_dir: folder, video_params })).toEqual({
    paths: [...names].sort().map((name) => join(folder, name)),
    problems: [
      `dataset: hidden files or folders below ${folder} left out (3): ._b.mp4, .trash, a/.hidden.mkv`,
    ],
  });
});

test("a folder that is hidden itself is listed, and links to folders and files are followed", () => {
  const folder = join(folderOf(".cache/a.mp4"), ".cache");
  const other = folderOf("b.mp4");
  symlinkSync(other, join(folder, "more"));
  symlinkSync(join(other, "b.mp4"), join(folder, "c.mp4"));
  symlinkSync(folder, join(folder, "again"));
  symlinkSync(join(folder, "none"), join(folder, "gone.mp4"));
  execFileSync("mkfifo", [join(folder, "pipe.mp4")]);
  expect(listVideos({ data_dir: folder, video_params })).toEqual({
    paths: ["a.mp4", "c.mp4", "more/b.mp4"].map((name) => join(folder, name)),
    problems: [
      `dataset: names of videos that are no regular files below ${folder} left out (2): gone.mp4, pipe.mp4`,
    ],
  });
});

/** The paths and problems of a csv file with these bytes, for a folder with these files. */
function listOf(bytes: Uint8Array, ...names: string[]) {
  const folder = folderOf(...names);
  const list = join(folder, "list.csv");
  writeFileSync(list, bytes);
  const { paths, problems } = listVideos({ data_dir: folder, meta_path: list, video_params });
  const bare = (text: string): string => text.replaceAll(`${folder}/`, "");
  return { paths: paths.map(bare), problems: problems.map(bare) };
}

const nfc = "caf\u00e9.mp4";
const nfd = "cafe\u0301.mp4";

test("a csv file is UTF-8 where it has a mark, and ISO-8859-1 where it has none", () => {
  const utf8 = Buffer.from("\ufeffvideos\n\u65e5\u672c.mp4\ncaf\u00e9.mp4\n");
  expect(listOf(utf8, "\u65e5\u672c.mp4", nfc)).toEqual({
    paths: ["\u65e5\u672c.mp4", nfc],
    problems: [],
  });
  expect(listOf(Buffer.from("videos\ncaf\u00e9.mp4\n", "latin1"), nfc)).toEqual({
    paths: [nfc],
    problems: [],
  });
});

test("names that are UTF-8 in a csv file without a mark are pointed out when they lead nowhere", () => {
  const misread = Buffer.from(nfc).toString("latin1");
  expect(listOf(Buffer.from(`videos\n${nfc}\na.mp4\n`), nfc, "a.mp4")).toEqual({
    paths: [misread, "a.mp4"],
    problems: [
      `list.csv: 1 names such as "${misread}" lead to no file, and are UTF-8 ("${nfc}") in a file without a mark, which is read as ISO-8859-1; save it as UTF-8 with a mark (BOM)`,
    ],
  });
  // The same bytes may be meant: a file of that very name is there.
  expect(listOf(Buffer.from(`videos\n${nfc}\n`), misread).problems).toEqual([]);
});

test("a csv file in UTF-16, with a wrong mark or that is no regular file is an error", () => {
  expect(() => listOf(Buffer.from("\ufeffvideos\na.mp4\n", "utf16le"), "a.mp4")).toThrow(
    /list\.csv is UTF-16; save it as UTF-8 with a mark/,
  );
  expect(() => listOf(Buffer.from([0xef, 0xbb, 0xbf, 0x76, 0xe9, 0x0a]))).toThrow(
    /list\.csv begins with a UTF-8 mark but is not UTF-8/,
  );
  const folder = folderOf("a.mp4");
  const pipe = join(folder, "list.csv");
  execFileSync("mkfifo", [pipe]);
  expect(() => listVideos({ data_dir: folder, meta_path: pipe, video_params })).toThrow(
    `dataset: ${pipe} cannot be read (it is no regular file)`,
  );
});

test("names are found however their accents are encoded, and opened as they are on disk", () => {
  const latin1 = Buffer.from(`videos\n${nfc}\ncaf\u00e9/x.mp4\n`, "latin1");
  expect(listOf(latin1, nfd, "cafe\u0301/x.mp4").paths).toEqual([nfd, "cafe\u0301/x.mp4"]);
  const utf8 = Buffer.from(`\ufeffvideos\n${nfd}\n`);
  expect(listOf(utf8, nfc).paths).toEqual([nfc]);
  // Where both are there, each name is its own file.
  expect(listOf(Buffer.from(`\ufeffvideos\n${nfd}\n${nfc}\n`), nfc, nfd).paths).toEqual([nfd, nfc]);
});

test("a csv file lists the videos of an evaluation, of any kind, whether they are there or not", () => {
  const folder = folderOf("list.csv");
  const list = join(folder, "list.csv");
  writeFileSync(list, "videos,length\nb.mkv,1\na.mp4,2\n,3\n");
  expect(evaluationVideos({ data_dir: folder, meta_path: list })).toEqual({
    paths: [join(folder, "b.mkv"), join(folder, "a.mp4")],
    problems: [`${list}: line 4 has an empty field; skipped`],
  });
});

test("no videos are an error that says what is there", () => {
  const folder = folderOf("list.csv", "a.mkv", "b.mov");
  const list = join(folder, "list.csv");
  writeFileSync(list, "videos\n");
  expect(() => evaluationVideos({ data_dir: folder, meta_path: list })).toThrow(
    `dataset: no videos in ${list}`,
  );
  expect(() => evaluationVideos({ data_dir: folder })).toThrow(
    `dataset: no mp4 files below ${folder} but 2 of other kinds; list those in a csv file with the column "videos" for meta_path`,
  );
  const empty = folderOf("a.txt");
  expect(() => evaluationVideos({ data_dir: empty })).toThrow(
    `dataset: no mp4 files below ${empty}`,
  );
  const none = join(folder, "none");
  expect(() => evaluationVideos({ data_dir: none })).toThrow(
    `dataset: ${none} cannot be listed (ENOENT)`,
  );
});
