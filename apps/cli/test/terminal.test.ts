import { expect, test } from "vitest";
import { progress } from "../src/terminal/progress.ts";
import { printResult } from "../src/terminal/result.ts";
import { bytes, count, duration } from "../src/terminal/units.ts";
import { fakeIo } from "./fakeIo.ts";

test("durations, bytes and counts are short", () => {
  expect([0, 940, 12_400, 59_700, 185_000, 3_723_000].map(duration)).toEqual([
    "0.0 s",
    "0.9 s",
    "12 s",
    "1:00",
    "3:05",
    "1:02:03",
  ]);
  expect([512, 3_565_158, 2 ** 34].map(bytes)).toEqual(["512 B", "3.4 MiB", "16 GiB"]);
  expect(count(157451663)).toBe("157,451,663");
});

test("without a terminal progress is a line every five seconds and the last one", () => {
  const io = fakeIo();
  const bar = progress(io, "train", 10);
  for (let step = 1; step <= 10; step++) {
    io.advance(2000);
    bar.update(step, [`loss ${step}`]);
  }
  bar.end();
  expect(io.err()).toBe(
    [
      "train 3/10  loss 3  6.0 s  14 s left",
      "train 6/10  loss 6  12 s  8.0 s left",
      "train 9/10  loss 9  18 s  2.0 s left",
      "train 10/10  loss 10  20 s",
      "",
    ].join("\n"),
  );
});

test("on a terminal progress redraws one line that fits", () => {
  const io = fakeIo({ tty: 50 });
  const bar = progress(io, "clips", 4);
  bar.update(1);
  bar.update(2);
  io.advance(1000);
  bar.update(3);
  bar.log("a note");
  bar.end();
  const lines = io.err().split("\r\u001b[2K");
  expect(lines).toHaveLength(5);
  expect(lines[2]).toContain("3/4");
  expect(lines[3]).toBe("a note\n");
  expect(lines[4]).toBe(`${lines[2]}\n`);
  const visible = lines[2]!.replace(/\u001b\[\d+m/g, "");
  expect(visible.length).toBeLessThanOrEqual(50);
});

test("NO_COLOR and dumb terminals get no escape codes", () => {
  const colored = fakeIo({ tty: 80 });
  progress(colored, "x", 2).update(1);
  expect(colored.err()).toContain("\u001b[36m");
  const plain = fakeIo({ tty: 80, env: { NO_COLOR: "1" } });
  progress(plain, "x", 2).update(1);
  expect(plain.err()).not.toContain("\u001b[36m");
  const dumb = fakeIo({ tty: 80, env: { TERM: "dumb" } });
  progress(dumb, "x", 1).update(1);
  expect(dumb.err()).toBe("x 1/1  0.0 s\n");
});

test("results are aligned lines, or JSON", () => {
  const io = fakeIo();
  const lines = [
    ["output", "a.mp4"],
    ["psnr", "30"],
  ] as const;
  printResult(io, false, { psnr: 30 }, lines);
  expect(io.out()).toBe("output  a.mp4\npsnr    30\n");
  const json = fakeIo();
  printResult(json, true, { psnr: 30 }, lines);
  expect(JSON.parse(json.out())).toEqual({ psnr: 30 });
});
