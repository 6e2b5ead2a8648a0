// Compiles one source, unless its object is newer than all it was made from, by the same command.
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { runCompiler } from "./runCompiler.mjs";

/** Compiles `source` with `flags` into `object`, in the folder `root`. */
export async function compileObject({ compiler, root, source, flags, object, signal }) {
  const args = [...flags, "-MMD", "-MF", `${object}.d`, "-c", source, "-o", object];
  const command = [compiler, ...args].join(" ");
  if (isCurrent(root, object, command)) return;
  await runCompiler(compiler, args, root, signal);
  writeFileSync(`${object}.command`, command);
}

function isCurrent(root, object, command) {
  const record = `${object}.command`;
  if (!existsSync(record) || readFileSync(record, "utf8") !== command) return false;
  if (!existsSync(object) || !existsSync(`${object}.d`)) return false;
  const made = statSync(object).mtimeMs;
  return dependencies(`${object}.d`).every((file) => {
    const stats = statSync(resolve(root, file), { throwIfNoEntry: false });
    return stats !== undefined && stats.mtimeMs < made;
  });
}

/** What a rule of make says that an object depends on. */
function dependencies(file) {
  const rule = readFileSync(file, "utf8").replaceAll("\\\n", " ");
  const list = rule.slice(rule.indexOf(": ") + 2).trim();
  return list.split(/(?<!\\)\s+/).map((name) => name.replaceAll("\\ ", " "));
}
