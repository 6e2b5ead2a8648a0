import { Composer, Lexer, Parser } from "yaml";
import type { CST, Document, ScalarTag, Tags, YAMLError } from "yaml";
import { budget } from "./budget.ts";
import { errorAt } from "./source.ts";
import type { Source } from "./source.ts";

// The reference's loader is PyYAML's 1.1 resolver: no `y`/`n` booleans, and no dates or sets in
// configs.
const leftOut = new Set(["bool", "binary", "omap", "pairs", "set", "timestamp"]);

function bool(value: boolean, test: RegExp): ScalarTag {
  return { tag: "tag:yaml.org,2002:bool", default: true, test, resolve: () => value };
}

function tags(all: Tags): Tags {
  const kept = all.filter(
    (tag) => typeof tag === "string" || !leftOut.has(tag.tag.replace("tag:yaml.org,2002:", "")),
  );
  return [
    bool(true, /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/),
    bool(false, /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/),
    ...kept,
  ];
}

/** The syntax tree of a text with one document of yaml 1.1 in which `1e-5` is a number. */
export function parseSyntax(source: Source): Document {
  const tokens = [...scan(source)].filter(isWanted);
  // Looking for a key among all others would take quadratic time; the conversion finds repeated
  // keys.
  const composer = new Composer({ version: "1.1", customTags: tags, uniqueKeys: false });
  const [document, second] = withoutStacks(() => [
    ...composer.compose(tokens, true, source.text.length),
  ]);
  const problems = [...document!.errors, ...document!.warnings];
  if (problems.length > 0) {
    const first = problems.reduce((best, each) => (each.pos[0] < best.pos[0] ? each : best));
    throw errorAt(source, first.pos[0], reason(first, source.text));
  }
  if (second !== undefined) {
    throw errorAt(source, second.range[0], "a second document begins; a config is one document");
  }
  return document as Document;
}

/**
 * The tokens of a text up to the first bad one; one that is too deep for recursion is an error
 * here.
 */
function* scan(source: Source): Generator<CST.Token> {
  const parser = new Parser();
  // The stack holds the document and the value at hand as well.
  const most = budget.depth + 2;
  for (const lexeme of new Lexer().lex(source.text)) {
    let isBad = false;
    for (const token of parser.next(lexeme)) {
      isBad ||= token.type === "error";
      yield token;
    }
    if (isBad) break;
    if (parser.stack.length > most) {
      throw errorAt(source, parser.offset - 1, `nested more than ${budget.depth} deep`);
    }
  }
  yield* parser.end();
}

/** PyYAML reads every 1.x as 1.1, so a directive that says so is left out. */
function isWanted(token: CST.Token): boolean {
  return token.type !== "directive" || !/^%YAML[ \t]+1\.\d+\s*$/.test(token.source);
}

/**
 * The composer collects an error for each bad character, and their stacks would take ten times as
 * long.
 */
function withoutStacks<T>(run: () => T): T {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return run();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

const reasons: Partial<Record<YAMLError["code"], string>> = {
  ALIAS_PROPS: "an alias cannot have a tag or an anchor",
  BAD_ALIAS: "the name of this anchor or alias is empty or ends in a colon",
  BAD_DIRECTIVE: "this % directive is not understood; remove it",
  BAD_DQ_ESCAPE: "this escape is not known in double quotes; write \\\\ for a backslash",
  BAD_INDENT: "the indentation fits neither the line above nor a line around it",
  BAD_PROP_ORDER: "an anchor or tag has to follow the indicator, not precede it",
  BAD_SCALAR_START: "a text without quotes cannot start with this character; quote it",
  BLOCK_AS_IMPLICIT_KEY: "a second key or a list starts on one line; break the line or quote it",
  BLOCK_IN_FLOW: "an indented mapping or list cannot stand between brackets",
  KEY_OVER_1024_CHARS: "the key is longer than 1024 characters",
  MULTILINE_IMPLICIT_KEY: "a key has to be on one line; a colon may be missing above",
  MULTIPLE_ANCHORS: "a value can have one anchor only",
  MULTIPLE_TAGS: "a value can have one tag only",
  TAB_AS_INDENT: "a tab is used to indent; use spaces",
};

/** What is wrong, without the library's words. */
function reason({ code, message, pos: [start, end] }: YAMLError, text: string): string {
  const shown = JSON.stringify(text.slice(start, Math.min(end, start + 40)));
  if (code === "TAG_RESOLVE_FAILED" || code === "BAD_COLLECTION_TYPE") {
    return `the tag or value ${shown} is not supported; a config is plain data`;
  }
  if (message.includes("closing")) return "a quoted text has no closing quote";
  if (/ end with a /.test(message)) return "a bracket is not closed";
  if (message.includes("followed by map values")) return "a key has no colon after it";
  if (message.includes("Missing , ")) return "a comma is missing between two items";
  if (message.includes("separated")) return "a space is missing";
  if (message.includes("directives-end")) return "a line --- is missing after the % directives";
  if (start >= text.length) return "the text ends too early";
  return reasons[code] ?? `${shown} is not expected here`;
}
