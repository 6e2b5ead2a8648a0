import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { h264, make, picture, temporaryFolder } from "./material.ts";
import { gone, isRunning, program, stay } from "./program.ts";

test.each(["SIGTERM", "SIGINT", "SIGHUP", "SIGKILL"] as const)(
  "a decoder does not outlive a reader ended by %s",
  async (signal) => {
    const folder = temporaryFolder();
    // More frames than a pipe holds, so that the decoder is still at work.
    const video = make(join(folder, "a.mp4"), `${picture(60, { size: "320x240" })} ${h264}`);
    const { child, ended, pid } = await program(
      folder,
      `const frames = data.streamFrames(${JSON.stringify(video)}, [...Array(60).keys()]);
       await frames.next(); ${stay}`,
    );
    child.kill(signal);
    expect(await ended).toBe(signal);
    await gone(pid);
  },
);

test("Ctrl-C at a terminal does not reach decoders by itself", async () => {
  const folder = temporaryFolder();
  const video = make(join(folder, "stuck.mp4"), `${picture(4)} ${h264}`);
  const { child, ended, pid, output } = await program(
    folder,
    `process.on("SIGINT", () => console.log("heard"));
     void data.streamFrames(${JSON.stringify(video)}, [0]).next();
     import { existsSync } from "node:fs";
     while (!existsSync(${JSON.stringify(join(folder, "pid"))})) {
       await new Promise((done) => setTimeout(done, 5));
     }
     ${stay}`,
  );
  process.kill(-Number(child.pid), "SIGINT");
  await vi.waitFor(() => expect(output()).toBe("ready\nheard\n"), { timeout: 10_000 });
  expect(isRunning(pid)).toBe(true);
  child.kill("SIGTERM");
  expect(await ended).toBe("SIGTERM");
  await gone(pid);
});

const write = (path: string): string =>
  `const writer = data.writeVideo(${JSON.stringify(path)}, { width: 64, height: 64, fps: 5 });
   await writer.write(new Uint8Array(64 * 64 * 3));`;

test.each(["SIGTERM", "SIGINT"] as const)(
  "a writer ended by %s leaves neither encoder nor file",
  async (signal) => {
    const folder = temporaryFolder();
    const out = join(folder, "out");
    mkdirSync(out);
    const { child, ended, pid } = await program(folder, write(join(out, "a.mp4")) + stay);
    await vi.waitFor(() => expect(readdirSync(out).length).toBe(1), { timeout: 10_000 });
    child.kill(signal);
    expect(await ended).toBe(signal);
    await gone(pid);
    expect(readdirSync(out)).toEqual([]);
  },
);

test("a program that exits or handles its signals itself leaves nothing either", async () => {
  const folder = temporaryFolder();
  const out = join(folder, "out");
  mkdirSync(out);
  const handle = "process.on('SIGTERM', () => process.exit(7));";
  const { child, ended, pid } = await program(folder, handle + write(join(out, "a.mp4")) + stay);
  child.kill("SIGTERM");
  expect(await ended).toBe(7);
  await gone(pid);
  expect(readdirSync(out)).toEqual([]);
});
