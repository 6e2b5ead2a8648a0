// The workspace's tests on another version of Node.
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { cache, root } from "./cache.mjs";
import { runLimited } from "./runLimited.mjs";

const require = createRequire(join(root, "package.json"));
const vitest = join(dirname(require.resolve("vitest/package.json")), "vitest.mjs");

// What depends on Node most: files, child processes, workers, the addon and its memory.
const subset = [
  "packages/backend-native/test/ops.test.ts",
  "packages/backend-native/test/loading.test.ts",
  "packages/backend-native/test/memory.test.ts",
  "packages/files",
  "packages/nn/test/checkpoint",
  "apps/cli/test/doctor.test.ts",
  "apps/cli/test/info.test.ts",
];

/** Runs all tests, or a subset that takes seconds, with the Node at `path`. */
export async function vitestRun({ name, node, isShort }) {
  mkdirSync(cache, { recursive: true });
  const [report, log] = [join(cache, `${name}.json`), join(cache, `${name}.log`)];
  for (const file of [report, log]) rmSync(file, { force: true });
  const args = ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const problem = await runLimited([node, vitest, ...args, ...(isShort ? subset : [])], {
    cwd: root,
    env: { PATH: `${dirname(node)}${delimiter}${process.env.PATH}` },
    log,
    seconds: isShort ? 240 : 3600,
  });
  if (!existsSync(report)) {
    const reason = problem ?? "vitest wrote no report";
    return { passed: 0, failed: 0, skipped: 0, problems: [`${reason}; see ${log}`] };
  }
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(
    readFileSync(report, "utf8"),
  );
  return {
    passed: numPassedTests,
    failed: numFailedTests,
    skipped: numPendingTests,
    problems: problem ? [`${problem}; see ${log}`] : [],
  };
}
