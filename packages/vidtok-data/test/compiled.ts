import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { afterAll } from "vitest";

let folder: string | undefined;
afterAll(() => {
  if (folder !== undefined) rmSync(folder, { recursive: true });
});

/** The folder of the package compiled file by file, for programs and threads, which run without a bundler. */
export function compiledPackage(): string {
  folder ??= compile();
  return folder;
}

function compile(): string {
  const target = mkdtempSync(join(tmpdir(), "vidtok-data-compiled-"));
  compileFolder(new URL("../src/", import.meta.url), target);
  // A build carries this package along.
  const files = join(target, "node_modules", "@vidtok", "files");
  compileFolder(new URL("../../files/src/", import.meta.url), files, "index.js");
  return target;
}

function compileFolder(from: URL, target: string, main = ""): void {
  const source = fileURLToPath(from);
  mkdirSync(target, { recursive: true });
  for (const name of readdirSync(source)) {
    const { outputText } = ts.transpileModule(readFileSync(join(source, name), "utf8"), {
      compilerOptions: {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.ESNext,
        rewriteRelativeImportExtensions: true,
      },
    });
    writeFileSync(join(target, name.replace(/\.ts$/, ".js")), outputText);
  }
  writeFileSync(join(target, "package.json"), JSON.stringify({ type: "module", main }));
}
