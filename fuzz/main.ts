// Feeds drawn inputs to all that reads foreign files, and fails where that is not an error of ours.
// Usage: npm run fuzz [-- --seconds N --seed N --only yaml,csv]
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { extname, join, relative } from "node:path";
import { parseArgs } from "node:util";
import { root } from "./root.ts";
import { targets } from "./targets.ts";
import { watch } from "./watch.ts";
import type { Failure } from "./watch.ts";

// A probe of a video may wait long before it is ended itself.
const limits = { hang: 200, memory: 512 };
const quick = { hang: 10, memory: 512 };

/** After this many failures that ended a worker, its target is given up. */
const ENOUGH = 5;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "120" },
    seed: { type: "string", default: "1" },
    only: { type: "string" },
  },
});
const seconds = numberOf("seconds", values.seconds);
const seed = numberOf("seed", values.seed);
const wanted = values.only?.split(",") ?? targets.map(({ name }) => name);
const unknown = wanted.find((name) => !targets.some((target) => target.name === name));
if (unknown !== undefined) {
  fail(`--only: no target ${unknown}; there are ${targets.map(({ name }) => name).join(", ")}`);
}

const lanes = Math.min(availableParallelism(), wanted.length);
const share = (seconds * lanes) / wanted.length;
const waiting = [...wanted];
let runs = 0;
let failures = 0;
await Promise.all(Array.from({ length: lanes }, work));
console.log(`fuzz: ${runs} runs in ${seconds} s with seed ${seed}, ${failures} failures`);
process.exitCode = failures > 0 ? 1 : 0;

async function work(): Promise<void> {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) await fuzz(name);
}

async function fuzz(target: string): Promise<void> {
  const start = performance.now();
  const found: Failure[] = [];
  const elapsed = (): number => (performance.now() - start) / 1000;
  let count = 0;
  for (let turn = 0; turn < ENOUGH && elapsed() < share; turn++) {
    const job = { target, seed: seed + 1000 * turn, seconds: share - elapsed() };
    const keep = (input: string): string => kept(target, input);
    const result = await watch(
      join(import.meta.dirname, "worker.mjs"),
      job,
      target === "mp4" ? limits : quick,
      keep,
    );
    count += result.runs;
    found.push(...result.failures);
    if (result.isWhole) break;
  }
  runs += count;
  failures += found.length;
  console.log(
    `fuzz: ${target.padEnd(12)} ${String(count).padStart(8)} runs  ${elapsed().toFixed(0).padStart(4)} s  ${found.length} failures`,
  );
  for (const { kind, message, input } of found) {
    console.log(`  ${kind}: ${input}\n    ${message.trim().replaceAll("\n", "\n    ")}`);
  }
}

/**
 * Keeps an input under the hash of its bytes; it moves to fuzz/corpus once what it showed is
 * mended.
 */
function kept(target: string, input: string): string {
  const bytes = readFileSync(input);
  const folder = join(root, "fuzz/found", target);
  mkdirSync(folder, { recursive: true });
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
  const ending = extname(input.replace(/\.\d+$/, ""));
  const path = join(folder, `${hash}${ending}`);
  copyFileSync(input, path);
  return relative(root, path);
}

function numberOf(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) fail(`--${name}: ${text} is no number above 0`);
  return value;
}

function fail(message: string): never {
  console.error(`fuzz: ${message}`);
  process.exit(2);
}
