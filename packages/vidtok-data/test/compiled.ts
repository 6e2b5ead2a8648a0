import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import ts from "typescript";

/** Compiles the package file by file, for programs and threads, which run without a bundler; tells the URL of its index. */
export function compileTo(folder: string): string {
  const source = fileURLToPath(new URL("../src/", import.meta.url));
  mkdirSync(folder);
  for (const name of readdirSync(source)) {
    const { outputText } = ts.transpileModule(readFileSync(join(source, name), "utf8"), {
      compilerOptions: {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.ESNext,
        rewriteRelativeImportExtensions: true,
      },
    });
    writeFileSync(join(folder, name.replace(/\.ts$/, ".js")), outputText);
  }
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  return pathToFileURL(join(folder, "index.js")).href;
}
