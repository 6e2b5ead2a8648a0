import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");

/** The TypeScript blocks of all documents, as files that stand beside their document. */
function examples(): Map<string, string> {
  const files = execFileSync("git", ["ls-files", "*.md"], { cwd: root, encoding: "utf8" });
  const found = new Map<string, string>();
  for (const file of files.trim().split("\n")) {
    const blocks = readFileSync(join(root, file), "utf8").matchAll(/^```ts\n(.*?)^```/gms);
    for (const [i, [, code]] of [...blocks].entries()) {
      // The extra export makes each block a module of its own.
      found.set(join(root, `${file}.${i}.ts`), `${code}\nexport {};\n`);
    }
  }
  return found;
}

test("the TypeScript in every README and document compiles against the sources", () => {
  const code = examples();
  const config = ts.readConfigFile(join(root, "tsconfig.base.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => code.has(name) || fileExists(name);
  host.readFile = (name) => code.get(name) ?? readFile(name);
  host.getSourceFile = (name, version) => {
    const text = code.get(name);
    return text === undefined
      ? getSourceFile(name, version)
      : ts.createSourceFile(name, text, version);
  };
  const program = ts.createProgram([...code.keys()], options, host);
  const problems = [...code.keys()].flatMap((name) => {
    const source = program.getSourceFile(name);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
  });
  expect(ts.formatDiagnostics(problems, host)).toBe("");
  expect(code.size).toBeGreaterThan(0);
});
