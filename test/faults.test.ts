// The fault harness on two commands at a few points; `npm run faults` tries all commands at more.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";

interface Harness {
  rightRun(command: object, places: object): Promise<object>;
  tryFault(command: object, places: object, fault: object): Promise<readonly string[]>;
}

const root = join(import.meta.dirname, "..");

function lack(): string | undefined {
  if (process.platform !== "linux" || !["x64", "arm64"].includes(process.arch)) {
    return "system calls are intercepted on Linux x64 and arm64 only";
  }
  if (spawnSync(process.env["CXX"] ?? "c++", ["--version"]).status !== 0) return "needs g++";
  return existsSync(join(root, "apps/cli/dist/index.js")) ? undefined : "run npm run build";
}

function faults(...args: string[]) {
  return spawnSync(process.execPath, [join(root, "scripts/faults.mjs"), ...args], {
    ...{ cwd: root, encoding: "utf8", timeout: 120_000 },
  });
}

test("killed or on a full disk, commands leave old files whole and end right the second time", ({
  skip,
}) => {
  const reason = lack();
  if (reason !== undefined) skip(reason);
  const { status, stdout, stderr } = faults("convert", "data", "--most", "3");
  expect(`${status} ${stderr}`).toBe(
    "0 faults: convert: 6 tried, 0 failed\nfaults: data: 6 tried, 0 failed\n",
  );
  expect(stdout).toMatch(/^data +6 +3 +3 +3 +0\n12 faults, 0 problems/m);
}, 130_000);

test("a command that writes in place, and one that leaves files behind, are found", async ({
  skip,
}) => {
  const reason = lack();
  if (reason !== undefined) skip(reason);
  const folder = mkdtempSync(join(tmpdir(), "vidtok-faults-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { rightRun, tryFault } = (await import(
    pathToFileURL(join(root, "scripts/faults/tryFault.mjs")).href
  )) as Harness;
  const places = { out: join(folder, "out"), log: join(folder, "log") };
  const found = async (code: string, at: number): Promise<readonly string[]> => {
    const command = {
      name: "bad",
      prepare: (out: string) => writeFileSync(join(out, "a"), "old"),
      args: (out: string) => [
        "--eval",
        `const fs = require("node:fs"); process.chdir(${JSON.stringify(out)}); ${code}`,
      ],
    };
    const right = await rightRun(command, places);
    return tryFault(command, places, { mode: "kill", at, right });
  };
  // Call 1 empties the file, call 2 is the write.
  expect(await found(`fs.writeFileSync("a", "new")`, 2)).toEqual([
    "bad: kill at 2 (write /a): a is damaged after the fault",
  ]);
  // Calls 1 and 2 write the other file, call 3 renames it.
  const aside = `const b = "b" + process.pid; fs.writeFileSync(b, "new"); fs.renameSync(b, "a");`;
  expect(await found(aside, 3)).toEqual([
    expect.stringMatching(/^bad: kill at 3 \(rename \/a\): b\d+ is left over in the end$/),
  ]);
});

test("a command that is none and a number that is none are errors", () => {
  expect(faults("--most", "none")).toMatchObject({
    status: 1,
    stderr:
      "faults: --most and --seconds take positive numbers; --most Infinity tries every call\n",
  });
});
