import { fork } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beatFile } from "./job.ts";
import type { Job, News } from "./job.ts";

/** Limits of one worker. */
export interface Limits {
  /** Seconds that one run may take. */
  readonly hang: number;
  /** MiB of memory that the process may have. */
  readonly memory: number;
}

/** Something that went wrong, with the file that holds its input. */
export interface Failure {
  readonly kind: "error" | "hang" | "memory" | "crash";
  readonly message: string;
  readonly input: string;
}

/** What came of one worker. */
export interface Watched {
  readonly runs: number;
  readonly failures: readonly Failure[];
  /** Whether it ended by itself. */
  readonly isWhole: boolean;
}

const POLL_MS = 250;

/**
 * Runs the worker at `program` and ends it where one run hangs or takes too much memory. The inputs
 * of failures are kept in `keep`.
 */
export async function watch(
  program: string,
  job: Omit<Job, "folder">,
  { hang, memory }: Limits,
  keep: (input: string) => string,
): Promise<Watched> {
  const folder = mkdtempSync(join(tmpdir(), `vidtok-fuzz-${job.target}-`));
  const whole: Job = { ...job, folder };
  const failures: Failure[] = [];
  let runs: number | undefined;
  let ended: Failure["kind"] | undefined;
  const child = fork(program, [JSON.stringify(whole)], {
    execArgv: [`--max-old-space-size=${memory}`],
    stdio: ["ignore", "inherit", "pipe", "ipc"],
  });
  let stderr = "";
  child.stderr?.on("data", (text: Buffer) => (stderr = (stderr + text.toString()).slice(-2000)));
  child.on("message", (news: News) => {
    if (news.kind === "done") runs = news.runs;
    else failures.push({ kind: "error", message: news.message, input: keep(news.input) });
  });
  let last = { run: -1, at: performance.now() };
  const timer = setInterval(() => {
    const run = currentRun(whole);
    if (run !== last.run) last = { run, at: performance.now() };
    else if (performance.now() - last.at > hang * 1000) ended ??= "hang";
    if (residentMiB(child.pid) > memory * 2) ended ??= "memory";
    if (ended !== undefined) child.kill("SIGKILL");
  }, POLL_MS);
  const code = await new Promise<string>((resolve) =>
    child.on("close", (status, signal) => resolve(String(signal ?? status))),
  );
  clearInterval(timer);
  const isWhole = runs !== undefined && code === "0";
  if (!isWhole) {
    const kind = ended ?? (/out of memory/i.test(stderr) ? "memory" : "crash");
    const input = inputIn(folder);
    failures.push({
      kind,
      message: `${kind} in run ${currentRun(whole)} (${code}) ${stderr.trim().slice(0, 500)}`,
      input: input === undefined ? "" : keep(input),
    });
  }
  runs ??= Math.max(currentRun(whole), 0);
  rmSync(folder, { recursive: true, force: true });
  return { runs, failures, isWhole };
}

function currentRun(job: Job): number {
  const file = beatFile(job);
  const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
  return bytes.length === 8 ? bytes.readDoubleLE() : -1;
}

function inputIn(folder: string): string | undefined {
  const name = readdirSync(folder).find((each) => /^input\.[a-z]+$/.test(each));
  return name === undefined ? undefined : join(folder, name);
}

/** Resident memory of a process, where the system tells it as Linux does. */
function residentMiB(pid: number | undefined): number {
  try {
    const pages = readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1];
    return (Number(pages) * 4096) / 2 ** 20;
  } catch {
    return 0;
  }
}
