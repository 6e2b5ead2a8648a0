// Kills every command that writes, and fills its disk, at each change that it makes to its results:
// write, fsync, rename and so on. Afterwards old files have to be whole, and the same command has
// to end as if nothing had happened. Usage: npm run faults [-- [COMMAND...] [--most N] [--seconds
// N]]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { allCommands } from "./faults/commands.mjs";
import { injector, runWithFault } from "./faults/injector.mjs";
import { placesIn, rightRun, tryFault } from "./faults/tryFault.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { most: { type: "string", default: "12" }, seconds: { type: "string" } },
});
const [most, seconds] = [Number(values.most), Number(values.seconds ?? Infinity)];
if (!(most >= 1) || !(seconds > 0)) {
  fail("faults: --most and --seconds take positive numbers; --most Infinity tries every call");
}

const start = performance.now();
const isLate = () => performance.now() - start > 1000 * seconds;
const folder = mkdtempSync(join(tmpdir(), "vidtok-faults-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));

try {
  injector();
} catch (error) {
  fail(error.message);
}
const { commands, close, trainOnce } = await allCommands(join(folder, "material"));
const unknown = positionals.find((name) => !commands.some((command) => command.name === name));
if (unknown !== undefined) {
  fail(`faults: ${unknown} is none of ${commands.map(({ name }) => name).join(", ")}`);
}
const chosen = commands.filter(
  ({ name }) => positionals.length === 0 || positionals.includes(name),
);
if (chosen.some(({ name }) => name === "resume")) {
  const log = join(folder, "material.log");
  await runWithFault({ folder, log, mode: "none", at: 0, args: trainOnce() });
}

const rows = [["command", "calls", "points", "killed", "full", "failed"]];
const problems = [];
for (const command of chosen) {
  const places = placesIn(folder, command.name);
  const right = await rightRun(command, places);
  const points = pointsOf(right.calls, most);
  const tried = { kill: 0, full: 0 };
  let failed = 0;
  for (const at of points) {
    for (const mode of ["kill", "full"]) {
      if (isLate()) break;
      const found = await tryFault(command, places, { mode, at, right });
      tried[mode]++;
      failed += found.length > 0 ? 1 : 0;
      problems.push(...found);
      for (const problem of found) process.stderr.write(`${problem.trim()}\n`);
    }
  }
  const { name } = command;
  rows.push([name, right.calls.length, points.length, tried.kill, tried.full, failed]);
  process.stderr.write(`faults: ${name}: ${tried.kill + tried.full} tried, ${failed} failed\n`);
}
close();

for (const row of rows) {
  process.stdout.write(
    `${row.map((cell, i) => (i === 0 ? String(cell).padEnd(12) : String(cell).padStart(7))).join("")}\n`,
  );
}
const tried = rows.slice(1).reduce((sum, row) => sum + row[3] + row[4], 0);
const took = Math.round((performance.now() - start) / 1000);
process.stdout.write(`${tried} faults, ${problems.length} problems, ${took} s\n`);
if (isLate()) process.stdout.write(`stopped after ${seconds} s; the rest is not tried\n`);
process.exitCode = problems.length === 0 ? 0 : 1;

/**
 * The numbers of at most `most` calls, all of them where there are no more. Of many calls in a row
 * for one file, such as the writes of a checkpoint, the first and the last come before the others.
 */
function pointsOf(calls, most) {
  const all = calls.map((_, i) => i + 1);
  if (all.length <= most) return all;
  const ends = all.filter((i) => calls[i - 1] !== calls[i - 2] || calls[i - 1] !== calls[i]);
  if (ends.length >= most) return spread(ends, most);
  const inner = all.filter((i) => !ends.includes(i));
  return [...ends, ...spread(inner, most - ends.length)].sort((one, other) => one - other);
}

/** `most` of some numbers, as evenly as they go, with the first and the last. */
function spread(numbers, most) {
  if (most === 1) return [numbers.at(-1)];
  const step = (numbers.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, i) => numbers[Math.round(i * step)]);
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
