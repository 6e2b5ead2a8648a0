import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { smallConfig } from "./smallConfig.ts";
import { temporaryFolder, testVideo } from "./videos.ts";

const executable = fileURLToPath(new URL("../bin/vidtok.js", import.meta.url));
const isBuilt = existsSync(new URL("../dist/index.js", import.meta.url));
const built = test.skipIf(!isBuilt);
const why = isBuilt ? "" : " (skipped: there is no dist; run pnpm build)";

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the built command; `onError` sees what is on stderr so far and may send signals. */
function vidtok(
  args: readonly string[],
  onError: (err: string, kill: (signal: NodeJS.Signals) => void) => void = () => undefined,
): Promise<Ended> {
  const child = spawn(process.execPath, [executable, ...args]);
  let [out, err] = ["", ""];
  child.stdout.on("data", (data: Buffer) => (out += data.toString()));
  child.stderr.on("data", (data: Buffer) => {
    err += data.toString();
    onError(err, (signal) => child.kill(signal));
  });
  return new Promise((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal, out, err }));
  });
}

function request(folder: string): readonly string[] {
  const config = smallConfig(folder, "vidtok_fsq_causal_488_4096");
  const input = testVideo(folder, 40);
  return [
    ...["reconstruct", "--input_video_path", input, "--output_video_dir", join(folder, "out")],
    ...["--config", config, "--input_height", "32", "--input_width", "32"],
  ];
}

built(`the built command prints the help and passes exit codes on${why}`, async () => {
  const help = readFileSync(new URL("./help/vidtok.txt", import.meta.url), "utf8");
  expect(await vidtok(["--help"])).toEqual({ code: 0, signal: null, out: help, err: "" });
  expect(await vidtok(["info"])).toMatchObject({ code: 2, out: "" });
  expect(await vidtok(["info", "missing.mp4"])).toMatchObject({ code: 1, out: "" });
  expect(await vidtok(["info", "vidtok_kl_causal_488_4chn"])).toMatchObject({ code: 0, err: "" });
});

built(`the built command computes on a thread of its own${why}`, async () => {
  const folder = temporaryFolder();
  const { code, out } = await vidtok([...request(folder), "--json"]);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ clips: 2, frames: 34 });
  const failed = await vidtok([...request(folder), "--ckpt", join(folder, "none.ckpt")]);
  expect(failed).toMatchObject({ code: 1, out: "" });
  expect(failed.err).toContain(`vidtok: checkpoint: ${join(folder, "none.ckpt")}: no such file\n`);
});

built(`Ctrl-C ends the command at once and leaves no file behind${why}`, async () => {
  const folder = temporaryFolder();
  const found = await vidtok([...request(folder), "--backend", "gpujs"], (err, kill) => {
    if (err === "vidtok: weights are random, since there is no --ckpt\n") kill("SIGINT");
  });
  expect(found).toMatchObject({ signal: "SIGINT", out: "" });
  expect(found.err).toMatch(/vidtok: interrupted\n$/);
  expect(readdirSync(join(folder, "out"))).toEqual([]);
});
