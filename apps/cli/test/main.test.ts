import { expect, test } from "vitest";
import { main } from "../src/main.ts";
import { fakeIo } from "./fakeIo.ts";

async function run(...argv: string[]) {
  const io = fakeIo();
  const code = await main(argv, io);
  return { code, out: io.out(), err: io.err() };
}

test.each([["--help"], ["-h"], ["help"]])("vidtok %s lists the commands", async (flag) => {
  const { code, out, err } = await run(flag);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  await expect(out).toMatchFileSnapshot("./help/vidtok.txt");
});

test.each([
  ["reconstruct"],
  ["evaluate"],
  ["train"],
  ["data"],
  ["convert"],
  ["info"],
  ["download"],
  ["metrics"],
  ["doctor"],
])("vidtok %s --help lists its flags", async (command) => {
  const { code, out, err } = await run(command, "--help");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  await expect(out).toMatchFileSnapshot(`./help/${command}.txt`);
  expect(await run(command, "-h")).toEqual({ code, out, err });
  for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
});

test("--version prints the version alone", async () => {
  const { code, out } = await run("--version");
  expect(code).toBe(0);
  expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test("no command prints the help on stderr and is a usage error", async () => {
  const { code, out, err } = await run();
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toContain("usage: vidtok COMMAND");
});

test.each([
  [
    ["recontruct"],
    "recontruct: no such command; did you mean reconstruct?\nusage: vidtok --help\n",
  ],
  [["--json"], "--json: no such command\nusage: vidtok --help\n"],
  [["toString"], "toString: no such command\nusage: vidtok --help\n"],
  [["info"], "info: got nothing, needed FILE\nusage: vidtok info --help\n"],
  [["info", "a", "b"], 'info: got "a" "b", needed FILE\nusage: vidtok info --help\n'],
  [["convert", "a"], 'convert: got "a", needed IN OUT\nusage: vidtok convert --help\n'],
  [["doctor", "x"], 'doctor: got "x", needed only flags\nusage: vidtok doctor --help\n'],
  [["info", "--fast"], "--fast: no such flag\nusage: vidtok info --help\n"],
  [
    ["reconstruct"],
    "reconstruct: needs --input_video_path FILE\nusage: vidtok reconstruct --help\n",
  ],
  [["train"], "train: needs -b CONFIG, or --resume RUN\nusage: vidtok train --help\n"],
])("%j is a usage error with exit code 2", async (argv, message) => {
  expect(await run(...argv)).toEqual({ code: 2, out: "", err: `vidtok: ${message}` });
});

test("a failure is one line on stderr and exit code 1", async () => {
  expect(await run("info", "missing.mp4")).toEqual({
    code: 1,
    out: "",
    err: "vidtok: info: missing.mp4 does not exist, and no shipped config has this name\n",
  });
});

test("--debug adds the stack", async () => {
  const { code, err } = await run("info", "missing.mp4", "--debug");
  expect(code).toBe(1);
  expect(err).toMatch(/^vidtok: info: missing.mp4 does not exist.*\nError: .*\n {4}at /);
});

test("an interrupted command exits with 130", async () => {
  const io = fakeIo();
  io.interrupt();
  expect(await main(["info", "missing.mp4"], io)).toBe(130);
  expect(io.err()).toBe("vidtok: interrupted\n");
});
