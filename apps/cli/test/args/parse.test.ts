import { expect, test } from "vitest";
import { choice, list, number, output, text, toggle } from "../../src/args/flag.ts";
import { parse } from "../../src/args/parse.ts";
import { UsageError } from "../../src/args/usageError.ts";

const flags = {
  input_height: number("", 256, { least: 16 }),
  sample_fps: number("", 30, { least: 0.001, fraction: true }),
  base: list("FILE", "", { short: "b" }),
  concate_input: toggle("", true),
  pad_gen_frames: toggle("", false),
  precision: choice("", ["full", "autocast"], "full"),
  ckpt: text("FILE", "", undefined, { short: "c" }),
};
const values = (...args: string[]) => parse(args, flags).values;

test("absent flags have their defaults", () => {
  expect(parse([], flags)).toEqual({
    values: {
      input_height: 256,
      sample_fps: 30,
      base: [],
      concate_input: true,
      pad_gen_frames: false,
      precision: "full",
      ckpt: undefined,
    },
    rest: [],
  });
});

test("underscores and dashes spell the same flag, with a space or an equals sign", () => {
  for (const args of [
    ["--input_height", "64"],
    ["--input-height", "64"],
    ["--input-height=64"],
    ["--input_height=64"],
  ]) {
    expect(values(...args).input_height).toBe(64);
  }
  expect(values("--ckpt=a=b").ckpt).toBe("a=b");
  expect(values("--ckpt=").ckpt).toBe("");
  expect(values("-c", "-1").ckpt).toBe("-1");
});

test("a switch is bare or takes the reference's words for yes and no", () => {
  for (const yes of ["yes", "true", "t", "y", "1", "True", "YES"]) {
    expect(values("--pad_gen_frames", yes).pad_gen_frames).toBe(true);
  }
  for (const no of ["no", "false", "f", "n", "0", "False"]) {
    expect(values("--concate_input", no).concate_input).toBe(false);
    expect(values(`--concate-input=${no}`).concate_input).toBe(false);
  }
  expect(values("--pad_gen_frames", "--ckpt", "x")).toMatchObject({
    pad_gen_frames: true,
    ckpt: "x",
  });
  expect(parse(["--pad_gen_frames", "maybe"], flags).rest).toEqual(["maybe"]);
});

test("a list can be repeated, and takes values until a flag or an override", () => {
  const { values, rest } = parse(["-b", "a", "b", "x.y=1", "--base", "c", "--base=d"], flags);
  expect(values.base).toEqual(["a", "b", "c", "d"]);
  expect(rest).toEqual(["x.y=1"]);
});

test("dotted names are overrides, with or without dashes in front", () => {
  const { rest } = parse(["model.params.ch=8", "--data.fps=3.5", "--lightning.x"], flags);
  expect(rest).toEqual(["model.params.ch=8", "data.fps=3.5", "lightning.x"]);
});

test("everything after -- is no flag", () => {
  expect(parse(["--", "--ckpt", "-b"], flags).rest).toEqual(["--ckpt", "-b"]);
});

test("the last of several values counts", () => {
  expect(values("--ckpt", "a", "--ckpt", "b").ckpt).toBe("b");
});

test("numbers can be fractions only where they may", () => {
  expect(values("--sample_fps", "29.97").sample_fps).toBe(29.97);
  expect(values("--input_height", "1e2").input_height).toBe(100);
});

test.each([
  ["--hight 3", "--hight: no such flag"],
  ["--input_hight 3", "--input_hight: no such flag; did you mean --input_height?"],
  ["-x", "-x: no such flag"],
  ["--ckpt", "--ckpt: needs a value, FILE"],
  ["--ckpt --base", "--ckpt: needs a value, FILE"],
  ["-b", "-b: needs a value, FILE"],
  ["--input_height 4", '--input_height: "4" is not a whole number of at least 16'],
  ["--input_height 20.5", '--input_height: "20.5" is not a whole number of at least 16'],
  ["--input_height=", '--input_height: "" is not a whole number of at least 16'],
  ["--sample_fps x", '--sample_fps: "x" is not a number of at least 0.001'],
  ["--sample_fps Infinity", '--sample_fps: "Infinity" is not a number of at least 0.001'],
  ["--precision half", '--precision: "half" is none of full, autocast'],
  ["--concate_input=maybe", '--concate_input: "maybe" is not yes or no'],
])("%s is refused", (line, message) => {
  expect(() => parse(line.split(" "), flags)).toThrow(new UsageError(message));
});

test("a result goes to stdout, or to a file that is told by its extension", () => {
  const outputs = { json: output(".json", ""), csv: output(".csv", "") };
  const read = (...args: string[]) => parse(args, outputs);
  expect(read().values).toEqual({ json: false, csv: false });
  expect(read("--json", "--csv").values).toEqual({ json: true, csv: true });
  expect(read("--json", "a.json", "--csv=b.csv")).toEqual({
    values: { json: "a.json", csv: "b.csv" },
    rest: [],
  });
  expect(read("--json", "a.mp4")).toEqual({ values: { json: true, csv: false }, rest: ["a.mp4"] });
  expect(read("--json", "no").values.json).toBe(false);
  expect(() => read("--json=a.txt")).toThrow(
    '--json: "a.txt" is neither a .json file nor yes or no',
  );
});
