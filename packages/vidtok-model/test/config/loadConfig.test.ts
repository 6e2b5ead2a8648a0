import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { loadConfig } from "../../src/config/loadConfig.ts";

const folder = mkdtempSync(join(tmpdir(), "vidtok-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

function yaml(text: string, name = "c.yaml"): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

test("scalars follow yaml 1.1, except that 1e-5 is a number", () => {
  const config = loadConfig(
    yaml(
      "a: 1e-5\nb: yes\nc: no\nd: y\ne: 010\nf: 2024-01-02\ng: 1_000\nh: ~\ni: 1.5e3\nj: '1e-5'\nk: .inf\n",
    ),
  );
  expect(config).toEqual({
    ...{
      a: 1e-5,
      b: true,
      c: false,
      d: "y",
      e: 8,
      f: "2024-01-02",
      g: 1000,
      h: null,
      i: 1500,
      j: "1e-5",
    },
    k: Infinity,
  });
});

test("mappings merge from left to right; lists and scalars are replaced", () => {
  const a = yaml("m: {x: 1, l: [1, 2, 3], n: {p: 1}}\n", "a.yaml");
  const b = yaml("m: {l: [4], n: {q: 2}}\ns: 1\n", "b.yaml");
  expect(loadConfig([a, b, { m: { x: { deep: true } } }])).toEqual({
    m: { x: { deep: true }, l: [4], n: { p: 1, q: 2 } },
    s: 1,
  });
});

test("an empty file is an empty config", () => {
  expect(loadConfig([yaml(""), { a: 1 }])).toEqual({ a: 1 });
});

test("override values are yaml, and a key alone means null", () => {
  const overrides = ["m.a=1e-3", "m.l=[1, 2]", "m.n={p: x=y}", "m.gone", "m.empty="];
  expect(loadConfig({ m: { a: 1, n: { q: 2 }, gone: 3 } }, overrides)).toEqual({
    m: { a: 1e-3, l: [1, 2], n: { q: 2, p: "x=y" }, gone: null, empty: null },
  });
});

const shared = {
  enc: { ch: 128, mult: [1, 2] },
  dec: "${enc}",
  half: "${dec.ch}",
  name: "m_${enc.ch}_${enc.mult.1}",
};

test("an interpolation is the very node it points at, after overriding", () => {
  const config = loadConfig(shared, ["enc.ch=64"]);
  expect(config["dec"]).toBe(config["enc"]);
  expect(config).toMatchObject({ dec: { ch: 64 }, half: 64, name: "m_64_2" });
});

test("overriding below an interpolation changes that copy only", () => {
  const config = loadConfig(shared, ["dec.ch=64"]);
  expect(config).toMatchObject({ enc: { ch: 128 }, dec: { ch: 64, mult: [1, 2] }, half: 64 });
});

test.each([
  [
    "a cycle",
    { a: "${b}", b: "${a}" },
    "config: a is an interpolation that leads back to itself (a -> b -> a)",
  ],
  [
    "a node inside itself",
    { a: { b: "${a}" } },
    "config: a is an interpolation that leads back to itself (a -> a.b -> a)",
  ],
  ["a missing path", { a: { b: "${x.y}" } }, "config: a.b points at ${x.y}, but there is no x"],
  [
    "a relative path",
    { a: "${.b}" },
    "config: a has ${.b}; only paths from the root such as ${model.params} are known",
  ],
  [
    "a mapping in a text",
    { a: "x${b}", b: {} },
    "config: a puts ${b} into a text, but that is not a scalar",
  ],
  ["a function", { a: () => 1 }, "config: a is a function, not something yaml can hold"],
  ["a list", [[1]], "config: a list came where a mapping was needed"],
])("%s is an error", (_, source, message) => {
  expect(() => loadConfig(source)).toThrow(message);
});

test.each([
  [
    "a duplicate key",
    "a: 1\nb:\n  c: 1\n  c: 2\n",
    "c.yaml:4:3: the key c is there twice in one mapping",
  ],
  ["bad indentation", "a:\n  b: 1\n c: 2\n", "c.yaml:3:1: "],
  ["an unclosed list", "a: [1,\n", "c.yaml:2:1: "],
  [
    "an unknown tag",
    "a: !!python/object:os.system x\n",
    'c.yaml:1:4: the tag or value "!!python/object:os.system" is not supported',
  ],
  ["a list at the root", "- 1\n", "c.yaml:1:1: the root is a list and has to be a mapping"],
])("%s is an error with file, line and column", (_, text, message) => {
  expect(() => loadConfig(yaml(text))).toThrow(message);
});

test("a file that is not there is an error that names it", () => {
  expect(() => loadConfig(join(folder, "none.yaml"))).toThrow(
    /none\.yaml is no file and no shipped config$/,
  );
});

test("a key below a list is an error", () => {
  expect(() => loadConfig({ m: { l: [1, 2] } }, ["m.l.0=3"])).toThrow(
    'config: override "m.l.0=3":1:1: m.l is a list and cannot take the key 0; replace the whole list',
  );
});

test("a malformed override is an error that shows it", () => {
  expect(() => loadConfig({}, ["a..b=1"])).toThrow('config: override "a..b=1" has an empty key');
  expect(() => loadConfig({}, ["a=[1"])).toThrow('config: override "a=[1":1:3: ');
});

test("a key named __proto__ is an error wherever it comes from", () => {
  const own = JSON.parse('{ "__proto__": { "polluted": 1 } }') as object;
  expect(() => loadConfig(yaml("a:\n  __proto__: {polluted: 1}\n"))).toThrow(
    "c.yaml:2:3: the key __proto__ is not allowed",
  );
  expect(() => loadConfig({ a: own })).toThrow("config: a.__proto__ is not allowed as a key");
  expect(() => loadConfig({}, ["a.__proto__.polluted=1"])).toThrow("the key __proto__ is not");
});
