import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { removeAllLeftovers, removeLeftovers } from "../src/leftovers.ts";
import { partialName, writerOf } from "../src/partialName.ts";
import { mayRun, ownMark } from "../src/processMark.ts";
import { temporaryFolder } from "./temporaryFolder.ts";

const gone = spawnSync(process.execPath, ["--version"]).pid;

function running(): number {
  const child = spawn(process.execPath, ["--eval", "setInterval(() => {}, 1000)"]);
  onTestFinished(() => void child.kill("SIGKILL"));
  return child.pid ?? NaN;
}

/** A folder with these files, in which left-over files of `name` are then removed. */
function leftAfter(name: string, files: readonly string[]): readonly string[] {
  const folder = temporaryFolder();
  for (const file of files) writeFileSync(join(folder, file), "");
  removeLeftovers(join(folder, name));
  return readdirSync(folder).sort();
}

test("files that ended processes were writing are removed", () => {
  const own = ownMark();
  const names = [
    partialName("a.mp4", { ...own, pid: gone }, 0),
    `a.mp4.partial-${gone}`,
    `a.mp4.partial-${gone}-3`,
    `a.mp4.${gone}.part`,
    `a.mp4.${gone}-mabc12.part`,
  ];
  expect(leftAfter("a.mp4", [...names, "a.mp4"])).toEqual(["a.mp4"]);
});

test("a reused process id does not keep a file", () => {
  const other = { ...ownMark(), start: "12345678" };
  expect(mayRun(other)).toBe(process.platform !== "linux");
});

test("files of running processes, of other machines and of other names stay", () => {
  const own = ownMark();
  const pid = running();
  const names = [
    partialName("a.mp4", own, 0),
    partialName("a.mp4", { ...own, pid: gone, machine: "12345678" }, 0),
    partialName("b.mp4", { ...own, pid: gone }, 0),
    `a.mp4.partial-${pid}`,
    `a.mp4.partial-${pid}-0`,
    `a.mp4.${pid}-mabc12.part`,
    `b.mp4.partial-${gone}`,
  ].sort();
  expect(leftAfter("a.mp4", names)).toEqual(names);
});

test("files that only look alike stay", () => {
  const names = [
    ...["a.mp4.part", "a.mp4.partial", "a.mp4.partial-draft", "a.mp4.old.part", "a.mp4.1.parts"],
    `a.mp4.partial-${gone}-zz`,
    `a.mp4.partial-${gone}-1234567-12345678-0`,
    `xa.mp4.partial-${gone}`,
  ].sort();
  expect(leftAfter("a.mp4", names)).toEqual(names);
});

test("a folder and a link of such a name stay", () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, `a.partial-${gone}`));
  writeFileSync(join(folder, "mine"), "");
  symlinkSync("mine", join(folder, `a.partial-${gone}-1`));
  removeLeftovers(join(folder, "a"));
  expect(readdirSync(folder)).toHaveLength(3);
});

test("long names are told apart though what is written aside for them is shorter", () => {
  const own = ownMark();
  const [one, two] = [`${"a".repeat(250)}1`, `${"a".repeat(250)}2`];
  const partial = partialName(one, own, 0);
  expect(Buffer.byteLength(partial)).toBeLessThanOrEqual(255);
  expect(writerOf(partial, one)).toEqual(own);
  expect(writerOf(partial, two)).toBeUndefined();
  expect(Buffer.byteLength(partialName("é".repeat(127), own, 12345))).toBeLessThanOrEqual(255);
});

test("in a folder of one's own all such files go, whoever wrote them", () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "images"));
  const names = [
    partialName("a.png", { ...ownMark(), machine: "12345678" }, 0),
    "b.png.partial-1-0",
    "notes.part",
  ];
  for (const name of names) writeFileSync(join(folder, "images", name), "");
  removeAllLeftovers(folder);
  expect(readdirSync(join(folder, "images"))).toEqual(["notes.part"]);
});
