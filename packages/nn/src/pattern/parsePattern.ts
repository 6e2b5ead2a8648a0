import { anyCharacter, range, setEscapes, tabled, union, word } from "./characterSet.ts";
import type { CharacterSet } from "./characterSet.ts";
import { PatternError } from "./patternError.ts";

/** Whether a place in a text, given as code points, fits. */
export type Assertion = (text: readonly number[], at: number) => boolean;

/** The syntax tree of a pattern. */
export type PatternNode =
  | { readonly kind: "character"; readonly has: CharacterSet }
  | { readonly kind: "assertion"; readonly holds: Assertion }
  | { readonly kind: "sequence" | "choice"; readonly parts: readonly PatternNode[] }
  | {
      readonly kind: "repeat";
      readonly part: PatternNode;
      readonly least: number;
      readonly most: number;
    };

/** Deepest nesting of groups. */
const DEPTH = 50;

/** Parses a regular expression in Python's syntax without what cannot be matched in linear time. */
export function parsePattern(pattern: string): PatternNode {
  return new PatternParser(pattern).parse();
}

const atStart: Assertion = (_, at) => at === 0;
const atEnd: Assertion = (text, at) => at === text.length;
// As in Python, `$` fits before a line feed that ends the text, too.
const atDollar: Assertion = (text, at) =>
  at === text.length || (at === text.length - 1 && text[at] === 10);
const isWordAt: Assertion = (text, at) => at >= 0 && at < text.length && word(text[at]!);
const atBoundary: Assertion = (text, at) => isWordAt(text, at - 1) !== isWordAt(text, at);

const assertions: ReadonlyMap<string, Assertion> = new Map<string, Assertion>([
  ["A", atStart],
  ["Z", atEnd],
  ["b", atBoundary],
  ["B", (text, at) => !atBoundary(text, at)],
]);

const controls: ReadonlyMap<string, string> = new Map(
  Object.entries({ a: "\x07", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v", "0": "\0" }),
);

const hexDigits: ReadonlyMap<string, number> = new Map([
  ["x", 2],
  ["u", 4],
  ["U", 8],
]);

const groupKinds: readonly (readonly [start: string, name: string])[] = [
  ["?=", "a lookahead"],
  ["?!", "a lookahead"],
  ["?<", "a lookbehind"],
  ["?P=", "a backreference"],
  ["?(", "a condition"],
  ["?>", "an atomic group"],
];

class PatternParser {
  readonly #pattern: string;
  readonly #characters: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
    this.#characters = [...pattern];
  }

  parse(): PatternNode {
    const node = this.#choice();
    if (this.#at < this.#characters.length) this.#fail("has a ) without (");
    return node;
  }

  #choice(): PatternNode {
    const parts = [this.#sequence()];
    while (this.#take("|")) parts.push(this.#sequence());
    return parts.length === 1 ? parts[0]! : { kind: "choice", parts };
  }

  #sequence(): PatternNode {
    const parts: PatternNode[] = [];
    for (let next = this.#peek(); next !== undefined && !"|)".includes(next); next = this.#peek()) {
      parts.push(this.#repeated());
    }
    return { kind: "sequence", parts };
  }

  #repeated(): PatternNode {
    const part = this.#atom();
    const bounds = this.#bounds();
    if (bounds === undefined) return part;
    const [least, most] = bounds;
    if (least > most) this.#fail(`repeats at least ${least} and at most ${most} times`);
    // Whether as few or as many as possible come first makes no difference to whether there is a
    // match.
    const isLazy = this.#take("?");
    if (!isLazy && this.#peek() === "+") this.#unsupported("a possessive repetition");
    if (this.#bounds() !== undefined) this.#fail("repeats a repetition; put it into a group");
    return { kind: "repeat", part, least, most };
  }

  /** The bounds of a repetition at this place; undefined where none stands. */
  #bounds(): readonly [number, number] | undefined {
    if (this.#take("*")) return [0, Infinity];
    if (this.#take("+")) return [1, Infinity];
    if (this.#take("?")) return [0, 1];
    const rest = this.#characters.slice(this.#at, this.#at + 20).join("");
    const found = /^\{(\d*)(,?)(\d*)\}/.exec(rest);
    if (found === null || found[0] === "{}") return undefined;
    const [{ length }, least, comma, most] = found;
    this.#at += length;
    if (comma === "") return [Number(least), Number(least)];
    return [Number(least), most === "" ? Infinity : Number(most)];
  }

  #atom(): PatternNode {
    const character = this.#next();
    switch (character) {
      case "(":
        return this.#group();
      case "[":
        return { kind: "character", has: tabled(this.#class()) };
      case ".":
        return { kind: "character", has: anyCharacter };
      case "^":
        return { kind: "assertion", holds: atStart };
      case "$":
        return { kind: "assertion", holds: atDollar };
      case "*":
      case "+":
      case "?":
        return this.#fail(`has nothing to repeat before ${character}`);
      case "\\": {
        const holds = assertions.get(this.#peek() ?? "");
        if (holds === undefined) return { kind: "character", has: this.#escape().has };
        this.#at++;
        return { kind: "assertion", holds };
      }
      default:
        return { kind: "character", has: single(character).has };
    }
  }

  #group(): PatternNode {
    if (++this.#depth > DEPTH) this.#fail(`nests groups more than ${DEPTH} deep`);
    const start = this.#characters.slice(this.#at, this.#at + 3).join("");
    if (start.startsWith("?:")) this.#at += 2;
    else if (start === "?P<") {
      while (this.#next() !== ">");
    } else if (start.startsWith("?")) {
      const kind = groupKinds.find(([mark]) => start.startsWith(mark));
      this.#unsupported(kind?.[1] ?? "a flag or comment group");
    }
    const node = this.#choice();
    if (!this.#take(")")) this.#fail("has a ( without )");
    this.#depth--;
    return node;
  }

  #class(): CharacterSet {
    const isNegated = this.#take("^");
    const sets: CharacterSet[] = [];
    for (let isFirst = true; isFirst || this.#peek() !== "]"; isFirst = false) {
      const { one: first, has } = this.#member();
      const isRange = this.#peek() === "-" && this.#characters[this.#at + 1] !== "]";
      if (!isRange) {
        sets.push(has);
        continue;
      }
      this.#at++;
      const { one: last } = this.#member();
      if (first === undefined || last === undefined || first > last) this.#fail("has a bad range");
      sets.push(range(first, last));
    }
    this.#at++;
    return union(sets, isNegated);
  }

  #member(): Member {
    const character = this.#next();
    if (character !== "\\") return single(character);
    return this.#take("b") ? single("\b") : this.#escape();
  }

  /** What follows a backslash: a set, or one character. */
  #escape(): Member {
    const letter = this.#next();
    const has = setEscapes.get(letter);
    if (has !== undefined) return { has };
    if (/[1-9]/.test(letter)) this.#unsupported(`the backreference \\${letter}`);
    const one = controls.get(letter) ?? this.#byNumber(letter);
    if (one === undefined && /[a-z]/i.test(letter)) this.#unsupported(`the escape \\${letter}`);
    return single(one ?? letter);
  }

  #byNumber(letter: string): string | undefined {
    const digits = hexDigits.get(letter);
    if (digits === undefined) return undefined;
    const text = Array.from({ length: digits }, () => this.#next()).join("");
    const code = /^[0-9a-f]+$/i.test(text) ? parseInt(text, 16) : Infinity;
    if (code > 0x10ffff) this.#fail(`has the escape \\${letter} without ${digits} hex digits`);
    return String.fromCodePoint(code);
  }

  #peek(): string | undefined {
    return this.#characters[this.#at];
  }

  #next(): string {
    const character = this.#characters[this.#at++];
    return character ?? this.#fail("ends too early");
  }

  #take(character: string): boolean {
    const isThere = this.#peek() === character;
    if (isThere) this.#at++;
    return isThere;
  }

  #unsupported(what: string): never {
    return this.#fail(`uses ${what}, which is not supported: it cannot be matched in linear time`);
  }

  #fail(reason: string): never {
    throw new PatternError(this.#pattern, reason);
  }
}

/**
 * A set of characters; `one` is the code point where it is a single character, which can end a
 * range.
 */
interface Member {
  readonly one?: number;
  readonly has: CharacterSet;
}

function single(character: string): Member {
  const one = character.codePointAt(0) ?? 0;
  return { one, has: range(one, one) };
}
