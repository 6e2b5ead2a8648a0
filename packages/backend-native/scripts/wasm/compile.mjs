import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { runCompiler } from "../runCompiler.mjs";
import { compileFlags, linkFlags, sources } from "./units.mjs";

/** Compiles what is in `root` into `folder`; returns the file's path and all files it was made of. */
export async function compileWasm(root, folder, { compiler, linker, sysroot }) {
  const jobs = sources.map((source) => ({
    source,
    object: join(folder, `${source.replaceAll("/", "_")}.o`),
  }));
  const waiting = [...jobs];
  const worker = async () => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      const { source, object } = job;
      const output = ["-MMD", "-MF", `${object}.d`, "-c", source, "-o", object];
      await runCompiler(compiler, [...compileFlags(sysroot), ...output], root);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  const file = join(folder, "vidtok.wasm");
  const objects = jobs.map(({ object }) => object);
  await runCompiler(linker, [...objects, ...linkFlags(sysroot), "-o", file], root);
  const parts = new Set(objects.flatMap((object) => dependencies(`${object}.d`)));
  return { file, parts: [...parts].sort() };
}

/** What a rule of make says that an object depends on, without headers of the system. */
function dependencies(file) {
  const [, ...names] = readFileSync(file, "utf8").replaceAll("\\\n", " ").trim().split(/\s+/);
  return names
    .filter((name) => name.startsWith("native/"))
    .map((name) => name.replace(/[^/]+\/\.\.\//g, ""));
}
