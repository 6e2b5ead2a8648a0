import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compiledTerminal } from "./compiledTerminal.ts";
import { temporaryFolder } from "./videos.ts";

// Prints to both streams for a while, as a command does that computes, and notes how it ended.
const program = `
import { writeFileSync } from "node:fs";
import { processIo } from "./terminal/processIo.js";
import { withLostOutput } from "./terminal/lostOutput.js";
const io = processIo();
for (let i = 0; i < 20; i++) {
  io.stderr.write("progress " + i + "\\n");
  io.stdout.write("x".repeat(20_000) + "\\n");
  await new Promise((done) => setTimeout(done, 5));
}
process.exitCode = await withLostOutput(0, io);
writeFileSync(process.argv[2], "done");
`;

const hasShell = existsSync("/bin/bash") && existsSync("/dev/full");
const why = hasShell ? "" : " (skipped: needs /bin/bash and /dev/full)";

/** Runs the program in a shell; `redirected` is how its streams are. */
function run(redirected: string) {
  const folder = temporaryFolder();
  compiledTerminal(folder);
  writeFileSync(join(folder, "program.js"), program);
  const notes = join(folder, "notes");
  const command = `"${process.execPath}" program.js notes ${redirected}`;
  const { stderr } = spawnSync(
    "/bin/bash",
    ["-c", `${command}; echo "code \${PIPESTATUS[0]}" >&2`],
    {
      ...{ cwd: folder, encoding: "utf8", timeout: 30_000 },
    },
  );
  return { isDone: existsSync(notes) && readFileSync(notes, "utf8") === "done", stderr };
}

test.skipIf(!hasShell)(`a full disk behind stdout is one line and exit code 1${why}`, () => {
  const { isDone, stderr } = run(">/dev/full");
  expect(isDone).toBe(true);
  expect(stderr).toMatch(
    /progress 19\nvidtok: stdout cannot be written \(ENOSPC\): the disk is full; what was to be printed is lost\ncode 1\n$/,
  );
});

test.skipIf(!hasShell)(`a reader of stdout that stops early is no failure${why}`, () => {
  const { isDone, stderr } = run("| head -c 1 >/dev/null");
  expect(isDone).toBe(true);
  expect(stderr).toMatch(/progress 19\ncode 0\n$/);
});

test.skipIf(!hasShell).each([
  ["2>/dev/full", ">/dev/null 2>/dev/full"],
  ["2>&-", ">/dev/null 2>&-"],
  [">&-", ">&-"],
  ["a reader of stderr that has ended", ">/dev/null 2> >(head -c 1 >/dev/null)"],
])(`work goes on and ends well with %s${why}`, (_what, redirected) => {
  const { isDone, stderr } = run(redirected);
  expect(isDone).toBe(true);
  expect(stderr).toMatch(/code 0\n$/);
});

test.skipIf(!hasShell)(`modules of linked packages are found when stderr is a pipe${why}`, () => {
  const folder = temporaryFolder();
  compiledTerminal(folder);
  mkdirSync(join(folder, "real"));
  writeFileSync(join(folder, "real", "place.js"), "export const place = import.meta.url;");
  symlinkSync("real", join(folder, "link"));
  const script = `
    import { processIo } from "./terminal/processIo.js";
    processIo();
    const { place } = await import("./link/place.js");
    console.log(place.includes("/real/"));
  `;
  writeFileSync(join(folder, "imports.js"), script);
  const command = `"${process.execPath}" imports.js 2> >(cat >&2)`;
  const { stdout } = spawnSync("/bin/bash", ["-c", command], { cwd: folder, encoding: "utf8" });
  expect(stdout).toBe("true\n");
});
