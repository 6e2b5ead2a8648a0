/** Whether a character, given as its code point, belongs to the set. */
export type CharacterSet = (code: number) => boolean;

/**
 * Answers for ASCII from a table, because names consist of it and most sets are regular
 * expressions.
 */
export function tabled(has: CharacterSet): CharacterSet {
  const table = Array.from({ length: 128 }, (_, code) => has(code));
  return (code) => table[code] ?? has(code);
}

const matching =
  (expression: RegExp): CharacterSet =>
  (code) =>
    expression.test(String.fromCodePoint(code));

const not =
  (has: CharacterSet): CharacterSet =>
  (code) =>
    !has(code);

const digit = tabled(matching(/^\p{Nd}$/u));
const space = tabled(matching(/^\s$/u));

/** What `\w` matches: letters, digits and the underscore. */
export const word = tabled(matching(/^[\p{L}\p{N}_]$/u));

/** The sets of the escapes `\d \w \s` and their complements. */
export const setEscapes: ReadonlyMap<string, CharacterSet> = new Map([
  ["d", digit],
  ["D", not(digit)],
  ["w", word],
  ["W", not(word)],
  ["s", space],
  ["S", not(space)],
]);

/** What `.` matches: all but a line feed. */
export const anyCharacter: CharacterSet = (code) => code !== 10;

/** All code points between two, with both ends. */
export function range(first: number, last: number): CharacterSet {
  return (code) => code >= first && code <= last;
}

/** What is in one of the sets or, negated, in none. */
export function union(sets: readonly CharacterSet[], isNegated: boolean): CharacterSet {
  return (code) => sets.some((has) => has(code)) !== isNegated;
}
