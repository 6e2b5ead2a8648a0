import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { main } from "../../src/main.ts";
import { checkPaths } from "../../src/outputs/checkPaths.ts";
import type { CommandPaths } from "../../src/outputs/checkPaths.ts";
import { fakeIo } from "../fakeIo.ts";
import { smallConfig } from "../smallConfig.ts";
import { temporaryFolder, testVideo } from "../videos.ts";

function refusal(paths: CommandPaths): string {
  try {
    checkPaths("save", paths);
    return "fine";
  } catch (error) {
    return (error as Error).message;
  }
}

test("an output that is an input is refused, however its name is spelled", () => {
  const folder = temporaryFolder();
  const path = join(folder, "a.csv");
  mkdirSync(join(folder, "inner"));
  writeFileSync(path, "videos");
  symlinkSync("a.csv", join(folder, "link.csv"));
  symlinkSync(".", join(folder, "same"));
  linkSync(path, join(folder, "hard.csv"));
  const inputs = [{ what: "the list", path }];
  for (const name of ["a.csv", "inner/../a.csv", "link.csv", "hard.csv", "same/a.csv"]) {
    const output = `${folder}/${name}`;
    expect(refusal({ inputs, outputs: [output] })).toBe(
      `save: ${output} is the list itself; give the result a name of its own`,
    );
  }
  expect(refusal({ inputs, outputs: [join(folder, "b.csv"), join(folder, "new", "a.csv")] })).toBe(
    "fine",
  );
});

test("two outputs that are one file are refused", () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "a.json"), "");
  symlinkSync("a.json", join(folder, "a.csv"));
  symlinkSync("new", join(folder, "b.csv"));
  symlinkSync(".", join(folder, "same"));
  for (const [one, two] of [
    ["a.json", "a.csv"],
    ["new", "b.csv"],
    ["missing/c", "same/missing/c"],
  ] as const) {
    const outputs = [join(folder, one), join(folder, two)];
    expect(refusal({ inputs: [], outputs })).toBe(
      `save: ${outputs[0]} and ${outputs[1]} are the same file; give each its own`,
    );
  }
});

test("an input in a folder that the command empties is refused", () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "state", "deep"), { recursive: true });
  writeFileSync(join(folder, "state", "deep", "a.mp4"), "");
  symlinkSync("state/deep/a.mp4", join(folder, "link.mp4"));
  const outputFolders = [join(folder, "state")];
  for (const name of ["state", "state/deep/a.mp4", "link.mp4"]) {
    const path = join(folder, name);
    expect(refusal({ inputs: [{ what: "the video", path }], outputs: [], outputFolders })).toBe(
      `save: the video ${path} is in ${folder}/state, where the command writes; move one of them`,
    );
  }
  const inputs = [{ what: "the video", path: folder }];
  expect(refusal({ inputs, outputs: [], outputFolders })).toBe("fine");
});

test("an output whose folder cannot be created is refused before any work", () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "file"), "");
  const output = join(folder, "file", "new", "a.csv");
  expect(refusal({ inputs: [], outputs: [output] })).toBe(
    `save: ${output} cannot be written: ${folder}/file is a file, no folder`,
  );
});

test("every command that writes leaves its inputs and devices alone", async () => {
  const folder = temporaryFolder();
  const path = (name: string): string => join(folder, name);
  const video = testVideo(folder, 20);
  const config = smallConfig(folder, "vidtok_fsq_causal_488_4096");
  const list = path("list.csv");
  writeFileSync(list, "videos\nmoving.mp4\n");
  linkSync(video, path("again.mp4"));
  linkSync(video, path("again.json"));
  symlinkSync(config, path("config.json"));
  writeFileSync(path("in.safetensors"), "");
  mkdirSync(path("run/configs"), { recursive: true });
  writeFileSync(path("run/configs/project.yaml"), readFileSync(config));
  const names = readdirSync(folder);
  const size = ["--input_height", "32", "--input_width", "32", "--config", config];
  const reconstruct = ["reconstruct", "--input_video_path", video, ...size, "--output"];
  const evaluate = ["evaluate", "--data_dir", folder, "--meta_path", list, ...size];
  const messages: string[] = [];
  for (const args of [
    [...reconstruct, video],
    [...reconstruct, path("again.mp4")],
    [...reconstruct, config],
    [...reconstruct, "/dev/null"],
    [...evaluate, "--csv", list],
    [...evaluate, "--json", path("again.json")],
    [...evaluate, "--json", path("config.json")],
    ["metrics", video, video, "--json", path("again.json")],
    ["convert", path("in.safetensors"), `${folder}/./in.safetensors`],
    ["data", "index", folder, "--out", path("again.mp4")],
    ["data", "index", folder, "--out", "/dev/null"],
    ["train", "-b", path("run/configs/project.yaml"), "-l", folder, "-n", "run", "--no_date"],
  ]) {
    const io = fakeIo();
    const code = await main(args, io);
    messages.push(`${code} ${io.err().replaceAll(folder, "DIR").trimEnd()}`);
  }
  expect(messages).toMatchInlineSnapshot(`
    [
      "1 vidtok: reconstruct: DIR/moving.mp4 is the input itself; give the result a name of its own",
      "1 vidtok: reconstruct: DIR/again.mp4 is the input itself; give the result a name of its own",
      "1 vidtok: reconstruct: DIR/vidtok_fsq_causal_488_4096.yaml is the config itself; give the result a name of its own",
      "1 vidtok: reconstruct: /dev/null is a character device; give a regular file",
      "1 vidtok: evaluate: DIR/list.csv is the list of videos itself; give the result a name of its own",
      "1 vidtok: evaluate: DIR/again.json is the video DIR/moving.mp4 itself; give the result a name of its own",
      "1 vidtok: evaluate: DIR/config.json is the config itself; give the result a name of its own",
      "1 vidtok: metrics: DIR/again.json is the video DIR/moving.mp4 itself; give the result a name of its own",
      "1 vidtok: convert: DIR/./in.safetensors is the input itself; give the result a name of its own",
      "1 vidtok: index: DIR/again.mp4 is the video DIR/again.mp4; give the csv file a name of its own",
      "1 vidtok: data index: /dev/null is a character device; give a regular file",
      "1 vidtok: train: DIR/run/configs/project.yaml is the config itself; give the result a name of its own",
    ]
  `);
  expect(readdirSync(folder)).toEqual(names);
  expect(readFileSync(list, "utf8")).toBe("videos\nmoving.mp4\n");
});
