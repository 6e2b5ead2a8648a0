import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compiledTerminal } from "./compiledTerminal.ts";
import { temporaryFolder } from "./videos.ts";

const program = `
import { processIo } from "./terminal/processIo.js";
const io = processIo();
const stay = setInterval(() => {}, 1000);
io.signal.addEventListener("abort", () => console.log("heard"));
process.stdin.on("data", () => {
  clearInterval(stay);
  process.stdin.destroy();
  console.log("done");
  io.endInterrupted();
});
console.log("ready");
`;

/** A process that hears signals as the command does, and ends once `finish` tells it that its work is done. */
function listener() {
  const folder = temporaryFolder();
  compiledTerminal(folder);
  writeFileSync(join(folder, "program.mjs"), program);
  const child = spawn(process.execPath, [join(folder, "program.mjs")]);
  let out = "";
  child.stdout.on("data", (text: Buffer) => (out += text.toString()));
  const ended = new Promise<string>((resolve) =>
    child.on("close", (code, signal) => resolve(`${out}${signal ?? code}`)),
  );
  return {
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    finish: () => child.stdin.write("finish"),
    ended,
    async said(word: string): Promise<void> {
      while (!out.endsWith(`${word}\n`)) await new Promise((done) => setTimeout(done, 5));
    },
  };
}

test.each(["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1"] as const)(
  "%s lets work end, and then ends the process as a shell expects",
  async (signal) => {
    const { kill, finish, said, ended } = listener();
    await said("ready");
    kill(signal);
    await said("heard");
    finish();
    expect(await ended).toBe(`ready\nheard\ndone\n${signal}`);
  },
);

test.each([
  ["SIGINT", "SIGINT"],
  ["SIGTERM", "SIGTERM"],
  ["SIGHUP", "SIGINT"],
  ["SIGUSR1", "SIGINT"],
] as const)("after %s a second signal, %s, ends the process at once", async (first, second) => {
  const { kill, said, ended } = listener();
  await said("ready");
  kill(first);
  await said("heard");
  kill(second);
  expect(await ended).toBe(`ready\nheard\n${first}`);
});

test.each([
  ["SIGUSR1", "SIGTERM", "a scheduler sends"],
  ["SIGHUP", "SIGHUP", "a closed terminal and its shell send"],
  ["SIGHUP", "SIGTERM", "a machine that is shut down sends"],
  ["SIGINT", "SIGHUP", "a terminal that is closed meanwhile sends"],
] as const)(
  "after %s a second signal, %s, which %s, does not hurry",
  async (first, second, _why) => {
    const { kill, finish, said, ended } = listener();
    await said("ready");
    kill(first);
    await said("heard");
    kill(second);
    await new Promise((done) => setTimeout(done, 100));
    finish();
    expect(await ended).toBe(`ready\nheard\ndone\n${first}`);
  },
);
