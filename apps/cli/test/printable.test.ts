import { expect, test } from "vitest";
import { main } from "../src/main.ts";
import { shownCsv, shownTable } from "../src/metrics/show.ts";
import { html } from "../src/page/html.ts";
import { line } from "../src/report.ts";
import { printable, printableJson, printableLines } from "../src/terminal/printable.ts";
import { progress } from "../src/terminal/progress.ts";
import { printResult } from "../src/terminal/result.ts";
import { fakeIo } from "./fakeIo.ts";

const hostile = "a\x1b[2J\x07\n\rb\x7f\x9b\u202e4pm.\u2066\u200f\u2028\ufeff\u{e0041}\ud800z";
const shown =
  "a\\x1b[2J\\x07\\n\\rb\\x7f\\x9b\\u202e4pm.\\u2066\\u200f\\u2028\\ufeff\\u{e0041}\\ud800z";

// The same ranges written out, so that the pattern under test is not its own judge.
function isVisible(text: string): boolean {
  return Array.from(text).every((character) => {
    const code = character.codePointAt(0) ?? 0;
    const isControl = (code < 0x20 && code !== 0x0a) || (code >= 0x7f && code < 0xa0);
    const isFormat = [0x61c, 0xfeff, 0x200b, 0x200e, 0x200f].includes(code);
    const isBidi = (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x2069);
    return !(isControl || isFormat || isBidi || (code >= 0xd800 && code < 0xe000));
  });
}

const measured = (name: string) => ({
  videos: [{ name, frames: 2, scores: { psnr: { mean: 30, frames: [30, 30] } } }],
  total: { frames: 2, psnr: 30 },
  fvd: undefined,
  settings: {},
});

test("control, bidi and invisible characters are shown, ordinary text stays", () => {
  expect(printable(hostile)).toBe(shown);
  expect(printable("é 漢字 👩‍👧 می‌خواهم \\x1b")).toBe("é 漢字 👩‍👧 می‌خواهم \\x1b");
  expect(printableLines("a\r\nb\nc\rd\te")).toBe("a\r\nb\nc\\rd\\te");
});

test("JSON shows them as escapes and parses to the same", () => {
  const data = { [hostile]: [hostile, "\u0085\u2029", 1] };
  const text = printableJson(data);
  expect(isVisible(text)).toBe(true);
  expect(JSON.parse(text)).toEqual(data);
});

test("a message, a note above a bar and a title stay one line each", () => {
  const io = fakeIo();
  line(io, `video: ${hostile} is empty`);
  const bar = progress(io, hostile, 1);
  bar.log(`vidtok: ${hostile}`);
  bar.update(1, [hostile]);
  bar.end();
  expect(io.err()).toBe(
    `vidtok: video: ${shown} is empty\nvidtok: ${shown}\n${shown} 1/1  ${shown}  0.0 s\n`,
  );
});

test("a live bar sends only its own sequences", () => {
  const io = fakeIo({ tty: 400 });
  progress(io, hostile, 2).update(1, [hostile]);
  const own = ["\r\x1b[2K", "\x1b[36m", "\x1b[39m"];
  expect(own.reduce((text, code) => text.replace(code, ""), io.err())).toBe(
    `${shown} ${"━".repeat(12)}${"╌".repeat(12)} 1/2  ${shown}  0.0 s  0.0 s left`,
  );
});

test("results, tables and csv keep a name on its line", () => {
  const io = fakeIo();
  printResult(io, false, {}, [[hostile, hostile]]);
  expect(io.out()).toBe(`${shown}  ${shown}\n`);
  const table = `video${" ".repeat(shown.length - 5)}  frames   psnr\n${shown}       2  30.00\n`;
  expect(shownTable(measured(hostile))).toBe(table);
  expect(shownCsv(measured(hostile))).toBe(`video,frames,psnr\r\n${shown},2,30\r\ntotal,2,30\r\n`);
});

test.each(["=1+1.mp4", "+1.mp4", "-a.mp4", "@a.mp4"])(
  "%s is no formula in csv but the same path",
  (name) => expect(shownCsv(measured(name))).toContain(`\r\n./${name},2,30\r\n`),
);

test("pages show them in text and attributes", () => {
  const { text } = html`<p title="${hostile}">${hostile}</p>`;
  expect(text).toBe(`<p title="${shown}">${shown}</p>`);
});

test("whatever a command prints passes the same boundary, also to streams of other programs", async () => {
  const written: string[] = [];
  const stream = { write: (text: string) => written.push(text) };
  const world = { ...fakeIo(), stdout: stream, stderr: stream };
  expect(await main(["info", "x\x1b[2J\u202e\nvidtok: fine"], world)).not.toBe(0);
  expect(written.join("")).toContain("x\\x1b[2J\\u202e\\nvidtok: fine");
  expect(isVisible(written.join(""))).toBe(true);
  expect(await main(["inf\x1b[2J\n"], world)).toBe(2);
  expect(isVisible(written.join(""))).toBe(true);
});

test("a message of 20,000 characters is cut in its middle", () => {
  const io = fakeIo();
  line(io, `checkpoint: ${"k".repeat(20_000)} is no tensor`);
  expect(io.err()).toMatch(/^vidtok: checkpoint: k{988} … k{987} is no tensor\n$/);
});
