import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { pairFiles } from "../../src/metrics/pairFiles.ts";
import { temporaryFolder } from "../videos.ts";

/** Empty files of these names below a folder, which is returned. */
function folderOf(folder: string, ...names: string[]): string {
  for (const name of names) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), "");
  }
  return folder;
}

test("videos below two folders are matched by their paths without the extension", async () => {
  const folder = temporaryFolder();
  const real = folderOf(
    join(folder, "real"),
    "a.mp4",
    "sub/a.mkv",
    "sub/deep/c.v2.ts",
    "notes.txt",
  );
  const fake = folderOf(join(folder, "fake"), "a.webm", "sub/a.mp4", "sub/deep/c.v2.wmv");
  expect(await pairFiles(real, fake)).toEqual({
    pairs: [
      { name: "a.mp4", real: join(real, "a.mp4"), fake: join(fake, "a.webm") },
      { name: "sub/a.mkv", real: join(real, "sub/a.mkv"), fake: join(fake, "sub/a.mp4") },
      {
        name: "sub/deep/c.v2.ts",
        real: join(real, "sub/deep/c.v2.ts"),
        fake: join(fake, "sub/deep/c.v2.wmv"),
      },
    ],
    problems: [],
  });
});

test("what is hidden is left out and said", async () => {
  const folder = temporaryFolder();
  const real = folderOf(join(folder, "real"), "a.mp4", "._a.mp4", ".cache/b.mp4");
  const fake = folderOf(join(folder, "fake"), "a.mp4", "._a.mp4");
  const { pairs, problems } = await pairFiles(real, fake);
  expect(pairs.map(({ name }) => name)).toEqual(["a.mp4"]);
  expect(problems).toEqual([
    `metrics: hidden files or folders below ${real} left out (2): ._a.mp4, .cache`,
    `metrics: hidden files or folders below ${fake} left out (1): ._a.mp4`,
  ]);
});

test("names are matched however their accents are encoded, and opened as they are", async () => {
  const folder = temporaryFolder();
  const real = folderOf(join(folder, "real"), "caf\u00e9/\u00fc.mp4");
  const fake = folderOf(join(folder, "fake"), "cafe\u0301/u\u0308.mp4");
  expect((await pairFiles(real, fake)).pairs).toEqual([
    {
      name: "caf\u00e9/\u00fc.mp4",
      real: join(real, "caf\u00e9/\u00fc.mp4"),
      fake: join(fake, "cafe\u0301/u\u0308.mp4"),
    },
  ]);
});

test("a folder inside the other one is no part of it", async () => {
  const real = folderOf(temporaryFolder(), "a.mp4", "out/a.mp4");
  const fake = join(real, "out");
  const pair = { name: "a.mp4", real: join(real, "a.mp4"), fake: join(fake, "a.mp4") };
  expect((await pairFiles(real, fake)).pairs).toEqual([pair]);
  expect((await pairFiles(real, real)).pairs.map(({ name }) => name)).toEqual([
    "a.mp4",
    "out/a.mp4",
  ]);
});

test("a video without another in a subfolder is an error that names it", async () => {
  const folder = temporaryFolder();
  const real = folderOf(join(folder, "real"), "a.mp4", "sub/b.mp4");
  const fake = folderOf(join(folder, "fake"), "a.mp4", "other/b.mp4");
  await expect(pairFiles(real, fake)).rejects.toThrow(
    `metrics: ${join(real, "sub/b.mp4")} and 1 more have no video of that name in the other folder`,
  );
});
