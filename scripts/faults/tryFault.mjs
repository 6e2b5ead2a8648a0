// One fault and what it must not do.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runWithFault } from "./injector.mjs";
import { isAside, readTree } from "./tree.mjs";

/** Runs a command in the empty folder `out`, as an earlier run left it, with a fault. */
async function run(command, { out, log }, mode, at, isFresh = true) {
  if (isFresh) {
    rmSync(out, { recursive: true, force: true });
    mkdirSync(out, { recursive: true });
    command.prepare?.(out);
  }
  const before = readTree(out);
  const found = await runWithFault({ folder: out, log, mode, at, args: command.args(out) });
  return { ...found, before, after: readTree(out) };
}

/** Runs a command without a fault: the calls that it makes, and the files that are right. */
export async function rightRun(command, places) {
  const found = await run(command, places, "none", 0);
  if (found.code !== 0) throw new Error(`faults: ${command.name} fails: ${found.printed}`);
  return found;
}

/**
 * Tries a fault at call `at` and then the command again without one; returns what is wrong. Old
 * files have to be whole after the fault, and after the second run all has to be as without a
 * fault.
 */
export async function tryFault(command, places, { mode, at, right }) {
  const problems = [];
  const faulty = await run(command, places, mode, at);
  const isLog = command.isLog ?? (() => false);
  const what = `${mode} at ${at} (${faulty.calls[at - 1] ?? "not reached"})`;
  if (mode === "kill" && faulty.calls.length >= at && faulty.code !== 137) {
    problems.push(`ended with ${faulty.code}`);
  }
  if (mode === "full") problems.push(...afterFullDisk(faulty, at));
  for (const [name, bytes] of faulty.before) {
    const now = faulty.after.get(name);
    if (isLog(name) || isRemovable(command, name)) continue;
    const wanted = [bytes, right.after.get(name)].some((each) => each && now?.equals(each));
    const isOther = command.problem !== undefined && now !== undefined;
    if (!wanted && !isOther)
      problems.push(`${name} is ${now ? "damaged" : "gone"} after the fault`);
  }
  for (const [name, bytes] of faulty.after) {
    const problem = isAside(name) ? undefined : command.problem?.(name, bytes);
    if (problem !== undefined) problems.push(`${name}: ${problem} after the fault`);
  }
  const again = await run(command, places, "none", 0, false);
  if (again.code !== 0) problems.push(`the second run ends with ${again.code}: ${again.printed}`);
  else problems.push(...differences(command, right.after, again.after));
  return problems.map((problem) => `${command.name}: ${what}: ${problem}`);
}

function afterFullDisk({ code, printed, after, calls }, at) {
  const problems = [];
  if (code !== 0 && code !== 1) problems.push(`ended with ${code}: ${printed}`);
  if (/^\s+at \S+ ?\(?(file|node):/m.test(printed)) problems.push(`a stack trace: ${printed}`);
  if (code === 1 && printed.trim() === "") problems.push("failed without a word");
  for (const name of after.keys()) {
    // A download that has begun is kept to be continued, and what cannot be removed stays.
    if (calls[at - 1]?.startsWith("unlink")) continue;
    if (/\.partial-\d+/.test(name)) problems.push(`${name} is left over`);
  }
  return problems;
}

// The oldest of named checkpoints goes when a better one is there.
function isRemovable(command, name) {
  return command.result !== undefined && /epoch=.*\.safetensors$/.test(name);
}

function differences(command, right, found) {
  const problems = [...found.keys()]
    .filter((name) => isAside(name) || (/train\.lock$/.test(name) && !right.has(name)))
    .map((name) => `${name} is left over after the second run`);
  if (command.result !== undefined) {
    const isSame = JSON.stringify(command.result(right)) === JSON.stringify(command.result(found));
    return isSame ? problems : [...problems, "the second run has another result"];
  }
  for (const [name, bytes] of right) {
    const now = found.get(name);
    if (!now?.equals(bytes))
      problems.push(`${name} is ${now ? "not right" : "missing"} in the end`);
  }
  for (const name of found.keys()) {
    if (!right.has(name) && !isAside(name)) problems.push(`${name} is left over in the end`);
  }
  return problems;
}

/** The places of a command's run below a folder. */
export function placesIn(folder, name) {
  return { out: join(folder, "out", name), log: join(folder, `${name}.log`) };
}
