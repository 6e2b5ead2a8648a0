// Control and format characters, line and paragraph separators, and lone surrogates. The joiners
// U+200C and U+200D stay: names in Persian, in Indic scripts and of emoji need them, and they move
// nothing.
const unprintable = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const short: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * Text on one line, in which what a terminal would obey or hide is visible, as `\x1b` or `\u202e`.
 */
export function printable(text: string): string {
  return text.replace(unprintable, (character) => short[character] ?? visible(character));
}

/** The same for text of several lines: line feeds stay, also after carriage returns. */
export function printableLines(text: string): string {
  return text.replace(unprintable, (character, at: number) => {
    const isLineEnd = character === "\n" || (character === "\r" && text[at + 1] === "\n");
    return isLineEnd ? character : (short[character] ?? visible(character));
  });
}

/** Data as indented JSON that shows such characters as escapes; parsing gives back the same. */
export function printableJson(data: unknown): string {
  return JSON.stringify(data, null, 2).replace(unprintable, (character) =>
    character === "\n" ? character : escapes(character),
  );
}

function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code > 0xffff) return `\\u{${code.toString(16)}}`;
  return code > 0xff ? escapes(character) : `\\x${code.toString(16).padStart(2, "0")}`;
}

function escapes(character: string): string {
  const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}
