import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { evaluationVideos } from "../src/videoList.ts";

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
    problems: [],
  });
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
