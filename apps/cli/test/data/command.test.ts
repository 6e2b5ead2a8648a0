import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { main } from "../../src/main.ts";
import { fakeIo } from "../fakeIo.ts";
import { temporaryFolder, testVideo } from "../videos.ts";

async function data(...args: string[]) {
  const io = fakeIo();
  const code = await main(["data", ...args], io);
  return { code, out: io.out(), err: io.err() };
}

/** A folder with two videos and a file that is none. */
function folderOfVideos(): string {
  const folder = temporaryFolder();
  cpSync(testVideo(folder, 3), join(folder, "sub", "a, b.mp4"));
  writeFileSync(join(folder, "broken.mp4"), "");
  return folder;
}

test("data index lists the videos of a folder and tells what it leaves out", async () => {
  const folder = folderOfVideos();
  const { code, out, err } = await data("index", folder);
  expect(code).toBe(0);
  expect(out.replaceAll(folder, "DIR")).toMatchInlineSnapshot(`
    "index     DIR/videos.csv
    videos    2
    left out  1
    time      0.0 s
    "
  `);
  expect(err.replaceAll(folder, "DIR")).toMatchInlineSnapshot(`
    "index 3/3  0.0 s
    vidtok: video: DIR/broken.mp4 is empty (0 bytes)
    "
  `);
  expect(readFileSync(join(folder, "videos.csv"), "latin1")).toBe(
    'videos\nmoving.mp4\n"sub/a, b.mp4"\n',
  );
});

test("data index takes another place and tells all as JSON", async () => {
  const folder = folderOfVideos();
  const file = join(temporaryFolder(), "all.csv");
  const { code, out } = await data("index", folder, "--out", file, "--json");
  expect(code).toBe(0);
  expect(JSON.parse(out)).toEqual({
    file,
    dir: folder,
    videos: 2,
    leftOut: [{ video: "broken.mp4", reason: `video: ${folder}/broken.mp4 is empty (0 bytes)` }],
    notes: [],
    seconds: 0,
  });
  expect(readdirSync(folder)).not.toContain("videos.csv");
});

test("data index of a folder without videos fails", async () => {
  const folder = temporaryFolder();
  expect(await data("index", folder)).toEqual({
    code: 1,
    out: "",
    err: `vidtok: index: no videos below ${folder}\n`,
  });
});

test("data does nothing else", async () => {
  expect(await data("list", "videos")).toEqual({
    code: 2,
    out: "",
    err: 'vidtok: data: "list" is not index\nusage: vidtok data --help\n',
  });
});

test("an interrupted index leaves nothing", async () => {
  const folder = folderOfVideos();
  const io = fakeIo();
  io.interrupt();
  expect(await main(["data", "index", folder], io)).toBe(130);
  expect(readdirSync(folder).sort()).toEqual(["broken.mp4", "moving.mp4", "sub"]);
});
