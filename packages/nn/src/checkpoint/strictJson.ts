import { longestName } from "./budget.ts";

/** What JSON text holds. Whole numbers are bigint, so that each digit counts and 2.0 is not 2. */
export type Json =
  null | boolean | number | bigint | string | readonly Json[] | ReadonlyMap<string, Json>;

// The recursion limit of serde_json, which reads safetensors files elsewhere.
const deepest = 127;
// Longer numbers are nothing but digits to keep a parser busy; 20 digits hold 64 bits.
const longestNumber = 400;
const longestInteger = 20;
const number = /^-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$/;
const numberCharacters = "+-.0123456789Ee";
const escaped = /\\(?:(["\\/bfnrt])|u([0-9a-fA-F]{4}))/y;
const halfPair = /\p{Surrogate}/u;
const quote = 34;
const backslash = 92;
const space = 32;
const tab = 9;
const newline = 10;
const carriageReturn = 13;
// Approximate memory in V8 of an object or list and of a member or item.
const collectionBytes = 240;
const itemBytes = 40;
const words: readonly (readonly [string, Json])[] = [
  ["null", null],
  ["true", true],
  ["false", false],
];
const escapes: Readonly<Record<string, string>> = {
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/**
 * Yields the members of the JSON object in `text`, one at a time as they are parsed. The rules are
 * those of safetensors' own library, where `JSON.parse` is laxer: text is whole Unicode characters
 * and numbers are in range. A key that is repeated in one object, however it is spelled, is an
 * error. Errors are `SyntaxError`s with the place in the text; `spend` takes approximate memory.
 */
export function strictJsonMembers(
  text: string,
  spend: (bytes: number) => void,
): Generator<readonly [string, Json]> {
  return new StrictJson(text, spend).members();
}

class StrictJson {
  readonly #text: string;
  readonly #spend: (bytes: number) => void;
  #at = 0;

  constructor(text: string, spend: (bytes: number) => void) {
    this.#text = text;
    this.#spend = spend;
  }

  *members(): Generator<readonly [string, Json]> {
    if (!this.#text.startsWith("{")) this.#fail("expected an opening brace");
    yield* this.#object(1);
    if (this.#at < this.#text.length) this.#fail("expected the end");
  }

  #fail(detail: string): never {
    throw new SyntaxError(`${detail} at character ${this.#at}`);
  }

  /** Passes over blanks. */
  #blank(): void {
    for (; ; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== space && code !== tab && code !== newline && code !== carriageReturn) return;
    }
  }

  /** Passes over `character` and the blanks around it, if it comes next. */
  #skip(character: string): boolean {
    this.#blank();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    this.#blank();
    return true;
  }

  #value(depth: number): Json {
    this.#blank();
    const value = this.#anyValue(depth);
    this.#blank();
    return value;
  }

  #anyValue(depth: number): Json {
    const first = this.#text[this.#at];
    if ((first === "{" || first === "[") && depth === deepest) {
      this.#fail(`nests deeper than ${deepest}`);
    }
    if (first === "{") return new Map(this.#object(depth + 1));
    if (first === "[") return this.#list(depth + 1);
    if (first === '"') return this.#string();
    for (const [word, value] of words) {
      if (!this.#text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return value;
    }
    return this.#number();
  }

  *#object(depth: number): Generator<readonly [string, Json]> {
    const keys = new Set<string>();
    this.#spend(collectionBytes);
    this.#skip("{");
    if (this.#skip("}")) return;
    do {
      if (this.#text.charCodeAt(this.#at) !== quote) this.#fail("expected a key in quotes");
      const key = this.#string();
      if (key.length > longestName) {
        this.#fail(`a key of ${key.length} characters, of at most ${longestName},`);
      }
      if (keys.has(key)) this.#fail(`the key ${JSON.stringify(key)} is repeated`);
      keys.add(key);
      this.#spend(itemBytes);
      if (!this.#skip(":")) this.#fail(`expected a colon after ${JSON.stringify(key)}`);
      yield [key, this.#value(depth)];
    } while (this.#skip(","));
    if (!this.#skip("}")) this.#fail("expected a comma or a closing brace");
  }

  #list(depth: number): readonly Json[] {
    const items: Json[] = [];
    this.#spend(collectionBytes);
    this.#skip("[");
    if (this.#skip("]")) return items;
    do {
      this.#spend(itemBytes);
      items.push(this.#value(depth));
    } while (this.#skip(","));
    if (!this.#skip("]")) this.#fail("expected a comma or a closing bracket");
    return items;
  }

  #string(): string {
    let text = "";
    this.#at++;
    for (;;) {
      const start = this.#at;
      while (this.#isPlain(this.#text.charCodeAt(this.#at))) this.#at++;
      text += this.#text.slice(start, this.#at);
      if (this.#text.charCodeAt(this.#at) === quote) break;
      text += this.#escape();
    }
    this.#at++;
    if (halfPair.test(text)) this.#fail("half a surrogate pair in a string");
    return text;
  }

  #isPlain(code: number): boolean {
    return code >= space && code !== quote && code !== backslash;
  }

  #escape(): string {
    escaped.lastIndex = this.#at;
    const found = escaped.exec(this.#text);
    if (!found) return this.#fail("expected the end of a string, or an escape that JSON has");
    this.#at = escaped.lastIndex;
    const [, letter, code] = found;
    if (code !== undefined) return String.fromCharCode(parseInt(code, 16));
    return escapes[letter!] ?? letter!;
  }

  #number(): number | bigint {
    const start = this.#at;
    while (numberCharacters.includes(this.#text[this.#at] ?? "x")) this.#at++;
    const literal = this.#text.slice(start, Math.min(this.#at, start + longestNumber + 1));
    const found = number.exec(literal);
    if (!found || literal.length > longestNumber) return this.#fail("expected a value");
    const [, fraction, exponent] = found;
    const isWhole = fraction === undefined && exponent === undefined && literal !== "-0";
    if (isWhole && literal.length <= longestInteger) return BigInt(literal);
    const value = Number(literal);
    if (!Number.isFinite(value)) this.#fail("a number is out of range");
    return value;
  }
}
