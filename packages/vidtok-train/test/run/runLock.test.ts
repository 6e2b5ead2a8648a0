import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import "@vidtok/backend-native";
import { useBackend } from "@vidtok/tensor";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { RunLock } from "../../src/run/runLock.ts";
import { train } from "../../src/train.ts";
import { newFolder, tinyConfig, videoFolder } from "../tinyRun.ts";

let dir: string;
let path: string;

beforeAll(() => useBackend("auto"));
beforeEach(() => {
  dir = newFolder();
  path = join(dir, "train.lock");
});

function taken(): RunLock {
  const lock = new RunLock();
  lock.take(dir);
  return lock;
}

const held = (): Record<string, unknown> =>
  JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;

test("a folder is locked once, by a file that names the process", () => {
  const lock = taken();
  expect(held()).toMatchObject({ pid: process.pid, host: hostname() });
  expect(taken).toThrow(
    `train: ${dir} is in use: process ${process.pid} on ${hostname()} trains in it; wait for that, or give this run ` +
      `another name. If it does not run any more, remove ${path}`,
  );
  lock.release();
  expect(readdirSync(dir)).toEqual([]);
  taken();
});

test("the lock of a process that is gone is taken over", () => {
  const { pid } = spawnSync(process.execPath, ["--version"]);
  writeFileSync(path, JSON.stringify({ pid, host: hostname(), began: "1" }));
  taken();
  expect(held()["pid"]).toBe(process.pid);
  expect(readdirSync(dir)).toEqual(["train.lock"]);
});

test.runIf(process.platform === "linux")(
  "so is that of an earlier process of the same number",
  () => {
    writeFileSync(path, JSON.stringify({ pid: process.pid, host: hostname(), began: "1" }));
    taken();
    expect(held()["began"]).toMatch(/^\d{2,}$/);
  },
);

test("the lock of another computer stays, as does one that says nothing", () => {
  writeFileSync(path, JSON.stringify({ pid: 1, host: "elsewhere", began: "1" }));
  expect(taken).toThrow(`${dir} is in use: process 1 on elsewhere trains in it`);
  for (const text of ["", "{}", "null"]) {
    writeFileSync(path, text);
    expect(taken).toThrow(/is in use: another process trains in it; .*remove .*train.lock$/);
  }
});

test("a lock that someone else has taken meanwhile is not given back", () => {
  const lock = taken();
  writeFileSync(path, "another's");
  lock.release();
  lock.release();
  expect(readFileSync(path, "utf8")).toBe("another's");
});

test("while a run trains, no second one does in its folder; afterwards one may", async () => {
  const videos = await videoFolder(1);
  const config = tinyConfig(videos, ["data.params.validation=null"]);
  const second: Promise<unknown>[] = [];
  const enough = new AbortController();
  const first = await train({
    ...{ config, logdir: dir, name: "run", maxSteps: 10_000, signal: enough.signal },
    onProgress(event) {
      if (event.kind !== "step" || event.step !== 1) return;
      const again = train({ config, logdir: dir, name: "run", maxSteps: 2 });
      second.push(again.catch((error: unknown) => error).finally(() => enough.abort()));
    },
  });
  expect(first.isInterrupted).toBe(true);
  expect(String(await second[0])).toMatch(/^TrainError: train: .*run is in use: process \d+ on /);
  const resumed = await train({ config, logdir: dir, resume: first.dir, maxSteps: first.step + 1 });
  expect(resumed.step).toBe(first.step + 1);
  expect(existsSync(join(first.dir, "train.lock"))).toBe(false);
});

test("a run that cannot begin leaves no lock, and one that begins removes what a killed one had half written", async () => {
  const config = tinyConfig(await videoFolder(1), ["data.params.validation=null"]);
  const { dir: run, checkpoint } = await train({ config, logdir: dir, name: "run", maxSteps: 1 });
  const images = join(run, "images", "train");
  mkdirSync(images, { recursive: true });
  const halves = [
    `${checkpoint}.4711-mabc12.part`,
    join(run, "configs", "project.yaml.4711.part"),
    join(images, "inputs_gs-000002.png.partial-4711-0"),
  ];
  const others = [join(run, "notes.part"), join(images, "mine.png")];
  for (const file of [...halves, ...others]) writeFileSync(file, "half");

  const other = tinyConfig(await videoFolder(1), ["model.params.encoder_config.params.ch=8"]);
  await expect(train({ config: other, logdir: dir, resume: run })).rejects.toThrow(/ch|shape|\[/);
  expect(existsSync(join(run, "train.lock"))).toBe(false);
  expect(halves.every(existsSync)).toBe(true);

  await train({ config, logdir: dir, resume: run, maxSteps: 2 });
  expect(halves.filter(existsSync)).toEqual([]);
  expect(others.every(existsSync)).toBe(true);
});
