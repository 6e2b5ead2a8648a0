import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { h264, make, picture, temporaryFolder } from "./material.ts";
import { gone, program, stay } from "./program.ts";

/** Code that reads a clip in a thread, waits until the decoder of the second hangs, and then does `then`. */
function load(folder: string, then: string): string {
  const data_dir = join(folder, "videos");
  mkdirSync(data_dir);
  for (const name of ["quick", "stuck"])
    make(join(data_dir, `${name}.mp4`), `${picture(4)} ${h264}`);
  const params = {
    data_dir,
    video_params: { input_height: 16, input_width: 16, sample_num_frames: 3, sample_fps: 30 },
  };
  return `
    import { existsSync } from "node:fs";
    const dataset = new data.VidTokDataset(${JSON.stringify(params)});
    const loader = data.clipLoader(dataset, { batchSize: 1, workers: 1 });
    await loader.next();
    while (!existsSync(${JSON.stringify(join(folder, "pid"))})) {
      await new Promise((done) => setTimeout(done, 5));
    }
    ${then}`;
}

test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
  "a decoder that hangs in a thread does not outlive a process ended by %s",
  async (signal) => {
    const folder = temporaryFolder();
    const { child, ended, pid } = await program(folder, load(folder, stay));
    child.kill(signal);
    expect(await ended).toBe(signal);
    await gone(pid);
  },
);

test("nor a process that exits", async () => {
  const folder = temporaryFolder();
  const wait =
    "console.log('ready'); await new Promise((done) => process.stdin.once('data', done));";
  const { child, ended, pid } = await program(folder, load(folder, `${wait} process.exit(3);`));
  child.stdin.write("go");
  expect(await ended).toBe(3);
  await gone(pid);
});

test("a loader that is left takes its thread and its decoder along", async () => {
  const folder = temporaryFolder();
  const wait =
    "console.log('ready'); await new Promise((done) => process.stdin.once('data', done));";
  const leave = "await loader.return(); process.stdin.destroy(); process.exitCode = 4;";
  const { child, ended, pid } = await program(folder, load(folder, wait + leave));
  child.stdin.write("go");
  // Nothing but a thread would keep the process.
  expect(await ended).toBe(4);
  await gone(pid);
});
