import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { corpusOf } from "../fuzz/corpus.ts";
import { targets } from "../fuzz/targets.ts";
import { watch } from "../fuzz/watch.ts";
import { unzip, zip } from "../fuzz/zipFile.ts";

const folder = mkdtempSync(join(tmpdir(), "vidtok-fuzz-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const cases = targets.flatMap((target) =>
  corpusOf(target.name).map(({ name, bytes }) => ({ target, name, bytes })),
);

test.each(cases)(
  "$target.name: $name is read or refused, in little time",
  { timeout: 20_000 },
  async ({ target, bytes }) => {
    const path = join(folder, `input${target.ending}`);
    writeFileSync(path, bytes);
    const start = performance.now();
    const error = await Promise.resolve(path)
      .then(target.run)
      .then(
        () => undefined,
        (thrown: Error) => thrown,
      );
    if (error !== undefined && !target.isExpected(error, path)) throw error;
    expect(performance.now() - start).toBeLessThan(10_000);
  },
);

/** What the watcher finds of a worker that runs these lines, with its first input written. */
async function watched(lines: string, hang = 30) {
  const program = join(folder, "program.mjs");
  writeFileSync(
    program,
    `import { writeFileSync } from "node:fs";
    const { folder } = JSON.parse(process.argv[2]);
    writeFileSync(folder + "/input.yaml", "the input");
    writeFileSync(folder + "/beat", new Uint8Array(new Float64Array([7]).buffer));
    ${lines}`,
  );
  const kept: string[] = [];
  const job = { target: "test", seed: 1, seconds: 1 };
  const result = await watch(program, job, { hang, memory: 64 }, (path) => {
    kept.push(readFileSync(path, "utf8"));
    return "kept";
  });
  return { ...result, kept };
}

test.each([
  ["hang", "for (;;);"],
  ["memory", "const all = []; for (;;) all.push([all.length, {}]);"],
  ["memory", "const all = []; for (;;) all.push(Buffer.alloc(2 ** 20, 1));"],
  ["crash", "process.kill(process.pid, 'SIGSEGV'); for (;;);"],
  ["crash", "process.exit(3);"],
])("a run that ends in a %s is found with its input", async (kind, lines) => {
  const { failures, isWhole, runs, kept } = await watched(lines, kind === "hang" ? 1.5 : 30);
  expect({ isWhole, runs, kept }).toEqual({ isWhole: false, runs: 7, kept: ["the input"] });
  expect(failures).toHaveLength(1);
  expect(failures[0]).toMatchObject({ kind, input: "kept" });
});

test("errors and runs are those that the worker sends", async () => {
  const { failures, isWhole, runs } = await watched(
    `process.send({ kind: "failure", shape: "x", message: "bad", input: folder + "/input.yaml" });
    process.send({ kind: "done", runs: 12 });
    process.disconnect();`,
  );
  expect({ isWhole, runs }).toEqual({ isWhole: true, runs: 12 });
  expect(failures).toEqual([{ kind: "error", message: "bad", input: "kept" }]);
});

test("zip files that are taken apart and put together again are read like the first", async () => {
  const target = targets.find(({ name }) => name === "torch-zip");
  const seeds = (await target?.seeds()) ?? [];
  expect(seeds.length).toBeGreaterThan(3);
  const path = join(folder, "again.ckpt");
  const outcomeOf = async (bytes: Uint8Array): Promise<string | undefined> => {
    writeFileSync(path, bytes);
    return await target?.run(path).catch((error: Error) => error.message);
  };
  const outcomes: unknown[] = [];
  for (const bytes of seeds) {
    outcomes.push(await outcomeOf(bytes));
    expect(await outcomeOf(zip(unzip(bytes)))).toBe(outcomes.at(-1));
  }
  expect(outcomes.filter((found) => found === "torch-zip").length).toBeGreaterThan(3);
});
