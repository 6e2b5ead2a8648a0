import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/**
 * Compiles `src/terminal` and what it imports into `folder`, for processes that run without a
 * build.
 */
export function compiledTerminal(folder: string): void {
  const source = new URL("../src/", import.meta.url);
  mkdirSync(join(folder, "terminal"), { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  const terminal = readdirSync(new URL("terminal/", source)).map((name) => `terminal/${name}`);
  for (const name of [...terminal, "report.ts", "command.ts"]) compile(name);
  mkdirSync(join(folder, "args"));
  compile("args/usageError.ts");

  function compile(name: string): void {
    const { outputText } = ts.transpileModule(readFileSync(new URL(name, source), "utf8"), {
      compilerOptions: {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.ESNext,
        rewriteRelativeImportExtensions: true,
        verbatimModuleSyntax: true,
      },
    });
    writeFileSync(join(folder, name.replace(/\.ts$/, ".js")), outputText);
  }
}
