import type { Command } from "../command.ts";
import type { Flag, Flags } from "./flag.ts";

const WIDTH = 100;

/** The help of one command. */
export function commandHelp(command: Command<Flags>): string {
  const rows = Object.entries(command.flags)
    .filter(([, flag]) => !flag.isHidden)
    .map(([name, flag]) => row(name, flag));
  const rest = command.rest.shown === "" ? "" : ` ${command.rest.shown}`;
  return [
    command.summary,
    "",
    `usage: vidtok ${command.name} [flags]${rest}`,
    "",
    table(rows),
    "",
    "Dashes and underscores are the same in flags; switches also take yes and no.",
    "",
    ...command.examples.map((example) => `  $ vidtok ${command.name} ${example}`.trimEnd()),
    "",
  ].join("\n");
}

/** Two aligned columns, the right one wrapped at 100 characters. */
export function table(rows: readonly (readonly [left: string, right: string])[]): string {
  const indent = Math.max(...rows.map(([left]) => left.length)) + 4;
  return rows
    .flatMap(([left, right]) =>
      wrap(right, WIDTH - indent).map(
        (line, i) => `  ${(i === 0 ? left : "").padEnd(indent - 2)}${line}`,
      ),
    )
    .join("\n");
}

function row(name: string, flag: Flag<unknown>): readonly [string, string] {
  const short = flag.short === undefined ? "    " : `-${flag.short}, `;
  const fallback = flag.shown ?? fallbackText(flag.fallback);
  return [
    `${short}--${name} ${flag.value}`.trimEnd(),
    flag.help + (fallback === "" ? "" : ` [${fallback}]`),
  ];
}

function fallbackText(fallback: unknown): string {
  if (typeof fallback === "boolean") return fallback ? "yes" : "";
  return typeof fallback === "string" || typeof fallback === "number" ? String(fallback) : "";
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
