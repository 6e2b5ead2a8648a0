import { expect, test } from "vitest";
import { html } from "../../src/page/html.ts";

test("text is escaped, markup and lists of it stay, and undefined is left out", () => {
  const inner = [html`<i>1</i>`, html`<i>2</i>`];
  const { text } = html`<p title="${`"a'`}">${"<b> & 1"}${inner}${undefined}${0}</p>`;
  expect(text).toBe('<p title="&#34;a&#39;">&#60;b&#62; &#38; 1<i>1</i><i>2</i>0</p>');
});
