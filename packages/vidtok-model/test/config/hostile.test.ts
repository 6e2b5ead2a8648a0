import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { loadConfig } from "../../src/config/loadConfig.ts";
import { modelConfig } from "../../src/config/modelConfig.ts";

const folder = mkdtempSync(join(tmpdir(), "vidtok-hostile-"));
const file = join(folder, "c.yaml");
afterAll(() => rmSync(folder, { recursive: true }));

function load(text: string | Uint8Array): unknown {
  writeFileSync(file, text);
  return loadConfig(file);
}

function lines(count: number, line: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => `${line(i)}\n`).join("");
}

const nines = (name: string): string => Array<string>(9).fill(name).join();

test.each([
  ["an alias of what it stands in", "a: &a\n  b: *a\n", "2:6: the alias *a leads back to what"],
  ["an alias without anchor", "a: *nope\n", "1:4: the alias *nope needs an anchor &nope above it"],
  ["a merge of a number", "a:\n  <<: 3\n", "2:7: << takes a mapping or a list of mappings"],
  ["a merge of its own mapping", "a: &a\n  <<: *a\n", "2:7: the alias *a leads back"],
  ["a second merge", "a: &a {}\nb: {<<: *a, <<: *a}\n", "2:13: the key << is there twice"],
  ["a key that appears twice", "a: 1\n'a': 2\n", "2:1: the key a is there twice in one mapping"],
  ["a list as key", "? [a]\n: 1\n", "1:3: a key has to be a text, a number or a boolean"],
  ["an empty key", "~: 1\n", "1:1: a key has to be a text, a number or a boolean"],
  ["a date", "a: !!timestamp 2001-01-01\n", '1:4: the tag or value "!!timestamp" is not supported'],
  ["a set", "a: !!set {x, y}\n", '1:4: the tag or value "!!set" is not supported'],
  ["a second document", "a: 1\n---\nb: 1\n", "2:1: a second document begins"],
  ["an infinite number", "a: 1e999\n", "1:4: the number 1e999 is out of range"],
  ["a whole number past 2^53", "a: 9007199254740993\n", "1:4: the number 9007199254740993 is out"],
  ["a number in base 60", `a: 1${":00".repeat(9999)}\n`, "1:4: the number 1:00:00"],
  ["a tab as indentation", "a:\n\tb: 1\n", "2:1: a tab is used to indent; use spaces"],
  ["an open quote", 'a: "x\n', "2:1: a quoted text has no closing quote"],
  ["a missing comma", "a: [{x: 1} {y: 2}]\n", `1:12: "{" is not expected here`],
  ["two keys on a line", "a: b: c\n", "1:4: a second key or a list starts on one line"],
  ["a long key", `${"k".repeat(1025)}: 1\n`, "1:1: the key is longer than 1024 characters"],
  ["an escape character", "a: 1\nb: \x1b[31m\n", "2:4: the control character 0x1b is not allowed"],
  ["UTF-16", Buffer.from("\ufeffa: 1", "utf16le"), "1:1: the text is UTF-16, needed UTF-8"],
  ["Latin-1", Buffer.from("a: 1\nb: \xe9\n", "latin1"), "2:4: byte 0xe9 is not UTF-8"],
  ["a cut character", Buffer.from([97, 58, 32, 0xe2, 0x82]), "1:4: byte 0xe2 is not UTF-8"],
  ["100,000 open lists", "a: " + "[".repeat(60_000), "1:36: nested more than 32 deep"],
  ["closed lists", "a: " + "[".repeat(3e4) + "]".repeat(3e4), "1:36: nested more than 32 deep"],
  ["nested list items", "- ".repeat(30_000), "1:67: nested more than 32 deep"],
  ["stray brackets", "]".repeat(60_000), '1:1: "]" is not expected here'],
  ["stray commas", "[" + ",".repeat(60_000), '1:3: "," is not expected here'],
  [
    "aliases that expand to 9^20 values",
    "a0: &a0 [x]\n" + lines(20, (i) => `a${i + 1}: &a${i + 1} [${nines(`*a${i}`)}]`),
    "6:9: this value holds 125479 values, needed at most 100000",
  ],
  [
    "merges that bring in 10^7 keys",
    `x: &x\n${lines(2000, (i) => `  k${i}: 1`)}l:\n${lines(4000, () => "- <<: *x")}`,
    "2053:7: << has brought in 102000 keys so far, needed at most 100000",
  ],
  [
    "texts of 2^29 characters",
    `a0: '${"x".repeat(100)}'\n` + lines(22, (i) => `a${i + 1}: '\${a${i}}\${a${i}}'`),
    "15:1: a14 holds 1638400 characters, needed at most 1048576",
  ],
  [
    "empty texts that point at each other 2^40 times",
    "a0: ''\n" + lines(40, (i) => `a${i + 1}: '\${a${i}}\${a${i}}'`),
    "34:1: a33 is nested 33 deep, needed at most 32",
  ],
  [
    "one text of 10^9 characters",
    `a: '${"x".repeat(30_000)}'\nb: '${"${a}".repeat(8000)}'\n`,
    "2:1: b holds 1050000 characters, needed at most 1048576",
  ],
  [
    "a list that is in another 5000 times",
    `a: [${"1,".repeat(10_000)}]\nb:\n${lines(5000, () => "- ${a}")}`,
    "2:1: b holds 50005001 values, needed at most 100000",
  ],
  [
    "a chain of 3000 interpolations",
    lines(3000, (i) => `a${i}: \${a${i + 1}}`) + "a3000: 1\n",
    "33:1: a32 is reached through more than 32 mappings, lists and ${...}",
  ],
  ["a cycle of interpolations", "a: ${b}\nb: x${a}\n", "1:1: a is an interpolation that leads"],
])("%s is an error with file, line and column", (_, text, message) => {
  expect(() => load(text)).toThrow(`config: ${file}:${message}`);
});

test("what is wrong with a value names the file and line that gave it", () => {
  const second = join(folder, "second.yaml");
  writeFileSync(second, "model:\n  params: {encoder_config: {target: Encoder}}\n");
  writeFileSync(file, "model:\n  target: x\n");
  const wrong = (overrides: readonly string[]) => () =>
    modelConfig(loadConfig([file, second], overrides));
  expect(wrong([])).toThrow(
    `config: ${second}:2:29: model.params.encoder_config.target is Encoder`,
  );
  expect(wrong(["model.target=3"])).toThrow(
    'config: override "model.target=3":1:1: model.target is',
  );
  expect(() => modelConfig(loadConfig({ model: 3 }))).toThrow("config: model is 3 and has to be");
  writeFileSync(file, "a: 1\n");
  expect(() => modelConfig(loadConfig(file))).toThrow(`config: ${file}:1:1: there is no model`);
});

test("a merge takes what PyYAML takes: own keys first, then the first mapping that has one", () => {
  const text = "x: &x {a: 1, b: 1}\ny: &y {a: 2, c: 2}\nz:\n  b: 3\n  <<: [*x, *y]\n";
  expect(load(text)).toMatchObject({ z: { a: 1, b: 3, c: 2 } });
});

test("an anchor that is set again counts from there on", () => {
  expect(load("a: &a 1\nb: *a\nc: &a 2\nd: *a\n")).toEqual({ a: 1, b: 1, c: 2, d: 2 });
});

test("a byte order mark, CRLF and a version directive are taken", () => {
  expect(load("\ufeffa: 1\r\nb: yes\r\n")).toEqual({ a: 1, b: true });
  expect(load("%YAML 1.2\n---\na: 010\n")).toEqual({ a: 8 });
});

test("what is no regular file is an error and is not waited for", () => {
  const pipe = join(folder, "pipe.yaml");
  execFileSync("mkfifo", [pipe]);
  for (const path of [pipe, folder, "/dev/zero"]) {
    expect(() => loadConfig(path)).toThrow(`config: ${path} is not a regular file`);
  }
});

test("a file of 64 KiB is read, one byte more is not", () => {
  const text = "a: 1\n#".padEnd(64 * 1024, "x");
  expect(load(text)).toEqual({ a: 1 });
  expect(() => load(`${text}x`)).toThrow(`config: ${file} is over 65536 bytes long`);
});

test("a thousand overrides are laid over each other in place, more are an error", () => {
  const overrides = Array.from({ length: 1000 }, (_, i) => `m.k${i}=${i}`);
  expect(Object.keys((loadConfig({}, overrides)["m"] ?? {}) as object)).toHaveLength(1000);
  expect(() => loadConfig({}, [...overrides, "a=1"])).toThrow(/^config: 1001 overrides of/);
  expect(() => loadConfig({}, [`a=${"x".repeat(70_000)}`])).toThrow("of 70002 characters in all");
  expect(() => loadConfig({}, [`${"a.".repeat(40)}b=1`])).toThrow("has 41 keys, needed at most 32");
});

test("mappings that take a copy of one large mapping are bounded together", () => {
  const large = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`k${i}`, i]));
  const many = (value: unknown): object =>
    Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`m${i}`, value]));
  expect(() => loadConfig([{ large, ...many("${large}") }, many({ q: 1 })])).toThrow(
    "config: m99 takes a copy, and with it 100201 values are copied; needed at most 100000",
  );
});

test("plain data that holds itself is an error", () => {
  const self: Record<string, unknown> = {};
  self["a"] = self;
  expect(() => loadConfig(self)).toThrow("config: a is nested more than 32 deep, or holds itself");
});

test("a pattern in ignore_keys that needs backtracking is an error that shows it and its line", () => {
  const shipped = join(import.meta.dirname, "../../../../configs/vidtok_kl_causal_488_4chn.yaml");
  writeFileSync(file, "model:\n  params:\n    ignore_keys: ['(a)\\1']\n");
  expect(() => modelConfig(loadConfig([shipped, file]))).toThrow(
    `config: ${file}:3:5: model.params.ignore_keys has the pattern "(a)\\\\1": uses the backreference`,
  );
});
