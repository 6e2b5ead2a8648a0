import type { AddonSearch } from "@vidtok/backend-native";
import { expect, onTestFinished, test } from "vitest";
import { main } from "../src/main.ts";
import { addonLines } from "../src/doctor/addon.ts";
import { fakeIo } from "./fakeIo.ts";

interface Report {
  readonly node: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly backends: readonly { name: string; runs: boolean; detail: string }[];
  readonly tools: readonly { name: string; path?: string; version?: string; problem?: string }[];
  readonly addon: AddonSearch;
  readonly isUsable: boolean;
}

test("doctor tells what runs here and gives a reason for each backend that does not", async () => {
  const io = fakeIo();
  const code = await main(["doctor", "--json"], io);
  const report = JSON.parse(io.out()) as Report;
  expect(code).toBe(0);
  expect(report).toMatchObject({ node: process.version, isUsable: true });
  expect(report.cores).toBeGreaterThan(0);
  expect(report.memoryBytes).toBeGreaterThan(0);
  expect(report.backends.map(({ name }) => name)).toEqual([
    "native",
    "gpujs webgpu",
    "gpujs webgl2",
    "gpujs headlessgl",
    "gpujs webasm",
    "gpujs cpu",
  ]);
  expect(report.backends.find(({ name }) => name === "gpujs cpu")?.runs).toBe(true);
  for (const { detail } of report.backends) expect(detail).toMatch(/\S/);
  for (const { path, version } of report.tools) {
    expect(path).toMatch(/^\//);
    expect(version).toMatch(/\d/);
  }
});

test("doctor fails when ffmpeg cannot run, and says why", async () => {
  const before = process.env["FFMPEG_PATH"];
  onTestFinished(() => {
    if (before === undefined) delete process.env["FFMPEG_PATH"];
    else process.env["FFMPEG_PATH"] = before;
  });
  process.env["FFMPEG_PATH"] = "/nowhere/ffmpeg";
  const io = fakeIo();
  expect(await main(["doctor"], io)).toBe(1);
  expect(io.out()).toMatch(/^ffmpeg .*does not run: FFMPEG_PATH: \/nowhere\/ffmpeg is not/m);
  expect(io.out()).toMatch(/^ffprobe .* at \//m);
  expect(io.out()).toMatch(/^backend gpujs cpu +runs: /m);
});

test("doctor tells where the addon is from", async () => {
  const io = fakeIo();
  await main(["doctor", "--json"], io);
  const { addon, backends } = JSON.parse(io.out()) as Report;
  const native = backends.find(({ name }) => name === "native")!;
  if (native.runs) expect(addon.path).toMatch(/\S/);
  else expect(native.detail).toContain(addon.fix);
});

test("doctor prints what was tried before the addon that loads, and the fix", () => {
  const attempts = [{ from: "@vidtok/native-linux-x64", reason: "it is not installed" }];
  const fix = "install again";
  expect(addonLines({ from: "wasm", path: "/kernels.wasm", attempts, fix })).toEqual([
    ["addon", "wasm: /kernels.wasm"],
    ["addon skipped", "@vidtok/native-linux-x64: it is not installed"],
    ["addon fix", "install again"],
  ]);
  expect(addonLines({ attempts, fix })[0]).toEqual(["addon", "none loads"]);
  expect(addonLines({ from: "build", path: "/a.node", attempts: [] })).toEqual([
    ["addon", "build: /a.node"],
  ]);
});
