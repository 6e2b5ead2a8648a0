// One process that runs one target. What it hangs or dies of lies in its folder.
import { openSync, writeFileSync, writeSync } from "node:fs";
import { corpusOf } from "./corpus.ts";
import { Draw } from "./draw.ts";
import { beatFile, inputFile } from "./job.ts";
import type { Job, News } from "./job.ts";
import { mutateBytes } from "./mutateBytes.ts";
import type { Target } from "./target.ts";
import { targets } from "./targets.ts";

/** Inputs that showed something new and are gone on with. */
const POOL = 500;

const job = JSON.parse(process.argv[2] ?? "") as Job;
const target = targets.find(({ name }) => name === job.target);
if (target === undefined) throw new Error(`fuzz: no target ${job.target}`);
send({ kind: "done", runs: await fuzz(target, job) });
process.disconnect();

async function fuzz(target: Target, job: Job): Promise<number> {
  const draw = new Draw(job.seed);
  const beat = openSync(beatFile(job), "w");
  const path = inputFile(job, target);
  const corpus = corpusOf(target.name).map(({ bytes }) => bytes);
  const pool = [...(await target.seeds()), ...corpus];
  const fixed = pool.length;
  const known = new Set<string>();
  const end = performance.now() + job.seconds * 1000;
  let runs = 0;
  for (; performance.now() < end; runs++) {
    const input = runs < fixed ? pool[runs]! : drawn(target, draw, pool);
    writeFileSync(path, input);
    writeSync(beat, new Float64Array([runs + 1]), 0, 8, 0);
    const found = await outcome(target, path);
    checkPrototypes();
    if (known.has(found.shape)) continue;
    known.add(found.shape);
    if (found.message !== undefined) {
      writeFileSync(`${path}.${runs}`, input);
      send({ kind: "failure", ...found, message: found.message, input: `${path}.${runs}` });
    }
    // Errors that differ come from different places, so their inputs lead on as coverage would.
    if (runs >= fixed && pool.length < POOL) pool.push(input);
  }
  return runs;
}

function drawn(target: Target, draw: Draw, pool: readonly Uint8Array[]): Uint8Array {
  const input = draw.pick(pool);
  const kind = draw.below(3);
  const shaped = kind === 0 ? input : target.shape(draw, input);
  return kind === 1 ? shaped : mutateBytes(draw, shaped, draw.pick(pool));
}

/** What a run came to: its kind and, where it must not be, a message. */
async function outcome(
  target: Target,
  path: string,
): Promise<{ readonly shape: string; readonly message?: string }> {
  try {
    return { shape: await target.run(path) };
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const words = error.message.replaceAll(path, "").replace(/"[^"]*"|'[^']*'|[-\d.]+/g, "#");
    const shape = `${error.name}: ${words.slice(0, 60)}`;
    if (target.isExpected(error, path)) return { shape };
    return { shape: `! ${shape}`, message: error.stack ?? error.message };
  }
}

/**
 * Names such as `__proto__` must not reach what all objects share; the process ends, as it is
 * spoiled.
 */
function checkPrototypes(): void {
  const added = Object.keys(Object.prototype);
  if (added.length > 0) throw new Error(`Object.prototype has got ${added.join(", ")}`);
}

function send(news: News): void {
  process.send?.(news);
}
