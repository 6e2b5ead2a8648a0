// The engine's own tests on an addon, under a Node that vitest may not run on.
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { bundle } from "./bundle.mjs";
import { cache, root } from "./cache.mjs";
import { runLimited } from "./runLimited.mjs";

// These test what is written in TypeScript, and load or compile files of the repository.
const notBundled = [
  "build.test.ts",
  "loading.test.ts",
  "upkeep.test.ts",
  "wasm.test.ts",
  "wasmFile.test.ts",
];

/** All test files of the engine that run when bundled; the short form is the table of ops. */
export function engineTestFiles(isShort) {
  if (isShort) return ["ops.test.ts"];
  return readdirSync(join(root, "packages/backend-native/test"))
    .filter((name) => name.endsWith(".test.ts") && !notBundled.includes(name))
    .sort();
}

/** Runs test files with an addon; `command` is the Node and what it runs under. */
export async function engineTests({ name, command, addon, env, isShort }) {
  const bundles = await bundle(engineTestFiles(isShort), join(cache, "bundles"));
  const total = { passed: 0, failed: 0, skipped: 0, problems: [] };
  for (const path of bundles) {
    const log = `${path}.${name}.log`;
    rmSync(log, { force: true });
    const problem = await runLimited([...command, path], {
      cwd: root,
      env: { ...env, VIDTOK_NATIVE_PATH: addon },
      log,
      seconds: isShort ? 240 : 1200,
    });
    const counts = countsOf(readFileSync(log, "utf8"));
    for (const key of ["passed", "failed", "skipped"]) total[key] += counts?.[key] ?? 0;
    if (problem || !counts) {
      total.problems.push(`${path}: ${problem ?? "ended without a result"}; see ${log}`);
    }
  }
  return total;
}

function countsOf(output) {
  const last = output.trim().split("\n").at(-1);
  return last.startsWith('{"passed"') ? JSON.parse(last) : undefined;
}
