// Tests the engine on the platforms, Nodes and compilers that one Debian machine can run.
// Usage: node scripts/platforms/test.mjs [--short] [SUITE...]
import { mkdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { cache } from "./cache.mjs";
import { provide } from "./debian.mjs";
import { suites } from "./suites.mjs";

const names = suites.map(({ name }) => name);
const usage = [
  "Usage: npm run test:platforms -- [--short] [SUITE...]",
  `Suites: ${names.join(", ")}\n`,
].join("\n");

function choose() {
  try {
    const { values, positionals } = parseArgs({
      options: { short: { type: "boolean", default: false } },
      allowPositionals: true,
    });
    const unknown = positionals.find((name) => !names.includes(name));
    if (unknown) throw new Error(`there is no suite ${unknown}`);
    const isShort = values.short;
    const chosen = suites.filter(({ name, isLong }) =>
      positionals.length > 0 ? positionals.includes(name) : !(isShort && isLong),
    );
    return { isShort, chosen };
  } catch (error) {
    process.stderr.write(`${error.message}\n${usage}`);
    process.exit(2);
  }
}

async function runSuite({ packages, run }, isShort) {
  try {
    provide(packages);
    return await run(isShort);
  } catch (error) {
    return { passed: 0, failed: 0, skipped: 0, problems: [`did not run: ${error.message}`] };
  }
}

const { isShort, chosen } = choose();
mkdirSync(cache, { recursive: true });
const rows = [];
for (const suite of chosen) {
  console.log(`${suite.name}: ${suite.how}`);
  const begin = Date.now();
  const { passed, failed, skipped, problems } = await runSuite(suite, isShort);
  for (const problem of problems) console.log(`  ${problem}`);
  // What passes nothing has tested nothing.
  const isGood = failed === 0 && problems.length === 0 && passed > 0;
  const seconds = ((Date.now() - begin) / 1000).toFixed(0);
  const counts = `${passed} passed, ${failed} failed, ${skipped} skipped, ${seconds} s`;
  rows.push({ isGood, line: `${isGood ? "ok    " : "FAILED"} ${suite.name.padEnd(12)} ${counts}` });
}
console.log(["", ...rows.map(({ line }) => line)].join("\n"));
process.exitCode = rows.every(({ isGood }) => isGood) ? 0 : 1;
