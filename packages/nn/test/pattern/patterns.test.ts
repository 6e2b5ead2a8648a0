import { expect, test } from "vitest";
import { PatternError, Patterns } from "../../src/index.ts";

// The answers of `bool(re.match(pattern, text))` in Python 3.11.
test.each([
  ["encoder", "encoder.conv_in.weight", true],
  ["conv_in", "encoder.conv_in.weight", false],
  [".*conv_in", "encoder.conv_in.weight", true],
  ["loss\\..*", "loss_x", false],
  ["a|b", "b.c", true],
  ["a)|(b", "b", "has a ) without ("],
  ["(?:encoder|decoder)\\.(down|up)\\.[0-3]\\.", "decoder.up.2.block", true],
  ["(?P<part>\\w+)\\.bias$", "decoder.bias", true],
  ["(?P<part>\\w+)\\.bias$", "decoder.bias\n", true],
  ["decoder\\.bias\\Z", "decoder.bias\n", false],
  ["[]a]+$", "a]a", true],
  ["[^]a]", "]", false],
  ["[\\w.-]+$", "a-b.c", true],
  ["[a-]$", "-", true],
  ["x{,2}y", "xxy", true],
  ["x{,2}y", "xxxy", false],
  ["x{2,}y", "xy", false],
  ["x{2}?y", "xxy", true],
  ["x{y}", "x{y}", true],
  ["{", "{", true],
  [".", "\n", false],
  ["\\d\\D\\s\\S", "1a b", true],
  ["\\bfoo\\b", "foo.bar", true],
  ["\\bfoo\\B", "foo.bar", false],
  ["\\x41\\u0042\\U00000043\\t", "ABC\t", true],
  ["[\\x30-\\x39]", "5", true],
  ["é\\w", "éß", true],
  [".$", "😀", true],
  ["^", "", true],
  ["(a*)*b", "aaaab", true],
  ["", "anything", true],
])("%j on %j", (pattern, text, answer) => {
  if (typeof answer === "boolean") expect(new Patterns([pattern]).test(text)).toBe(answer);
  else expect(() => new Patterns([pattern])).toThrow(answer);
});

test.each([
  ["(a)\\1", "uses the backreference \\1, which is not supported"],
  ["(?P<a>x)(?P=a)", "uses a backreference, which is not supported"],
  ["a(?=b)", "uses a lookahead, which is not supported"],
  ["(?<!a)b", "uses a lookbehind, which is not supported"],
  ["(?>a)", "uses an atomic group, which is not supported"],
  ["a++", "uses a possessive repetition, which is not supported"],
  ["(?i)a", "uses a flag or comment group, which is not supported"],
  ["\\p{L}", "uses the escape \\p, which is not supported"],
  ["*a", "has nothing to repeat before *"],
  ["a**", "repeats a repetition; put it into a group"],
  ["a{3,2}", "repeats at least 3 and at most 2 times"],
  ["(a", "has a ( without )"],
  ["[a", "ends too early"],
  ["[z-a]", "has a bad range"],
  ["a\\", "ends too early"],
  ["\\xg1", "has the escape \\x without 2 hex digits"],
  ["(".repeat(60), "nests groups more than 50 deep"],
  ["a{1000000000}", "passes 1000 parts, with repetitions written out; shorten it"],
  ["((){1000}){1000}", "passes 1000 parts"],
])("%j is an error that shows it", (pattern, reason) => {
  const shown = pattern.length > 60 ? pattern.slice(0, 60) : pattern;
  expect(() => new Patterns(["x", pattern])).toThrow(PatternError);
  expect(() => new Patterns([pattern])).toThrow(`pattern ${JSON.stringify(shown)}: ${reason}`);
});

test("patterns that take exponential time elsewhere end at once", () => {
  for (const pattern of ["(([a-z._0-9]+)+)+!", "(a*)*b!", "(a|a)*!", "(.*){9}!"]) {
    expect(new Patterns([pattern]).test("a".repeat(10_000))).toBe(false);
  }
});

test("work over many names is bounded", () => {
  const patterns = new Patterns(["(.?){300}!"]);
  const name = "a".repeat(1000);
  expect(() => {
    for (let i = 0; i < 1000; i++) patterns.test(name);
  }).toThrow('pattern "(.?){300}!": takes more than 20000000 steps for these names');
});

test("any of several patterns is enough, and none match nothing", () => {
  const patterns = new Patterns(["a", "b\\.c"]);
  expect(["a.x", "b.c", "b.d", ""].map((name) => patterns.test(name))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(new Patterns([]).test("a")).toBe(false);
});
