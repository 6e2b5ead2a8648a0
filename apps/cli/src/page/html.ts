import { printable } from "../terminal/printable.ts";

type Content = string | number | Html | readonly Html[] | undefined;

/** Markup that is safe to put into a page as it is. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Markup from a template: text in it is escaped, markup stays, and undefined is left out. */
export function html(strings: TemplateStringsArray, ...contents: readonly Content[]): Html {
  return new Html(
    strings.reduce((text, string, i) => `${text}${markup(contents[i - 1])}${string}`),
  );
}

function markup(content: Content): string {
  if (content === undefined) return "";
  if (content instanceof Html) return content.text;
  if (typeof content === "object") return content.map(({ text }) => text).join("");
  return printable(String(content)).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
