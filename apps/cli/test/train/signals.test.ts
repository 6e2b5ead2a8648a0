import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { temporaryFolder } from "../videos.ts";
import { request } from "./request.ts";

const executable = fileURLToPath(new URL("../../bin/vidtok.js", import.meta.url));
const isBuilt = existsSync(new URL("../../dist/index.js", import.meta.url));
const why = isBuilt ? "" : " (skipped: there is no dist; run pnpm build)";

/** Trains with the built command; each signal comes once the word before it was said. */
function trainUntil(args: readonly string[], ...signals: (readonly [string, NodeJS.Signals])[]) {
  const child = spawn(process.execPath, [executable, "train", ...args]);
  let err = "";
  child.stderr.on("data", (data: Buffer) => {
    err += data.toString();
    const [word, signal] = signals[0] ?? [];
    if (word === undefined || !err.includes(word)) return;
    signals.shift();
    child.kill(signal);
  });
  return new Promise<{ readonly ended: string; readonly err: string }>((resolve) => {
    child.on("close", (code, by) => resolve({ ended: String(by ?? code), err }));
  });
}

test.skipIf(!isBuilt)(
  `SIGUSR1 ends training with a checkpoint, and the same command goes on${why}`,
  async () => {
    const folder = temporaryFolder();
    const dir = join(folder, "runs", "tiny");
    const args = [...request(folder), "--max_batches", "100000"];
    const first = await trainUntil(args, ["checkpoint at 2", "SIGUSR1"]);
    expect(first.ended).toBe("SIGUSR1");
    expect(first.err).toContain(`vidtok: interrupted; go on with vidtok train --resume ${dir}\n`);
    expect(readdirSync(join(dir, "checkpoints"))).toContain("last.safetensors");
    const steps = (): readonly number[] =>
      readFileSync(join(dir, "metrics.jsonl"), "utf8")
        .trimEnd()
        .split("\n")
        .filter((line) => line.includes("train/psnr"))
        .map((line) => (JSON.parse(line) as { readonly step: number }).step);
    const done = steps().length;
    expect(first.err).toContain(`checkpoint at ${done}: `);

    const second = await trainUntil(args, ["validation at", "SIGTERM"]);
    expect(second.ended).toBe("SIGTERM");
    expect(second.err).toContain(`vidtok: going on with ${dir}`);
    expect(steps().length).toBeGreaterThan(done);
    expect(steps()).toEqual(steps().map((_, i) => i + 1));
  },
);

test.skipIf(!isBuilt)(`a second Ctrl-C does not wait for the end of a step${why}`, async () => {
  const folder = temporaryFolder();
  const video = "data.params.train.params.video_params";
  const large = [`${video}.input_height=96`, `${video}.input_width=96`, "--num_sanity_val_steps=0"];
  const { ended, err } = await trainUntil(
    [...request(folder), ...large],
    ["computing on", "SIGINT"],
    ["stopping after this step; once more to stop at once", "SIGINT"],
  );
  expect(ended).toBe("SIGINT");
  expect(err).toMatch(/stop at once\n$/);
});
