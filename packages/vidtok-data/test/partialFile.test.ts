import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { partialFile } from "../src/partialFile.ts";
import { temporaryFolder } from "./material.ts";

test("a committed file is in its place and nothing else is", async () => {
  const folder = temporaryFolder();
  const file = partialFile("save", join(folder, "a"));
  writeFileSync(file.path, "whole");
  await file.commit();
  expect(readdirSync(folder)).toEqual(["a"]);
  expect(readFileSync(join(folder, "a"), "utf8")).toBe("whole");
});

test("a file that cannot be committed is an error and leaves the old one", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "a");
  writeFileSync(path, "old");
  const file = partialFile("save", path);
  writeFileSync(file.path, "new");
  rmSync(file.path);
  await expect(file.commit()).rejects.toThrow(`save: ${path} cannot be written (ENOENT)`);
  expect(readFileSync(path, "utf8")).toBe("old");
});

test("two writers of one file do not share what they write", () => {
  const path = join(temporaryFolder(), "a");
  const [one, two] = [partialFile("save", path), partialFile("save", path)];
  expect(one.path).not.toBe(two.path);
  one.discard();
  two.discard();
});
