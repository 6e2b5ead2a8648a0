// Compiles inject.cc and runs programs under it.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("inject.cc", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));

/** The compiled injector's path; throws an error that says what this machine lacks. */
export function injector() {
  if (process.platform !== "linux" || !["x64", "arm64"].includes(process.arch)) {
    const here = `${process.platform}-${process.arch}`;
    throw new Error(`faults: system calls are intercepted on Linux x64 and arm64, not on ${here}`);
  }
  const hash = createHash("sha256").update(readFileSync(source)).digest("hex").slice(0, 12);
  const folder = join(root, "node_modules", ".cache", "vidtok");
  const path = join(folder, `inject-${hash}`);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const aside = `${path}.${process.pid}`;
  const compiler = process.env.CXX ?? "c++";
  const { error, status, stderr } = spawnSync(
    compiler,
    ["-O1", "-std=c++17", "-o", aside, source],
    { encoding: "utf8" },
  );
  if (error) throw new Error(`faults: ${compiler} is missing; apt-get install g++`);
  if (status !== 0) throw new Error(`faults: inject.cc does not compile: ${stderr}`);
  renameSync(aside, path);
  return path;
}

/**
 * Runs node with `args` and a fault at call number `at` below `folder`; `mode` is none, kill or
 * full. Resolves to the exit code, what was printed, and the calls as `write /file`.
 */
export async function runWithFault({ folder, log, mode, at, args, timeout = 120_000 }) {
  const command = [folder, log, mode, String(at), process.execPath, ...args];
  const child = spawn(injector(), command, {
    // Pipes, and no file that the injector would count.
    stdio: ["ignore", "pipe", "pipe"],
    timeout,
    killSignal: "SIGKILL",
    env: { ...process.env, UV_USE_IO_URING: "0", NO_COLOR: "1" },
  });
  let printed = "";
  child.stdout.on("data", (text) => (printed += text));
  child.stderr.on("data", (text) => (printed += text));
  const code = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exit, signal) => resolve(signal ? `hung (${signal})` : exit));
  });
  const calls = readFileSync(log, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => line.slice(line.indexOf(" ") + 1));
  return { code, printed, calls };
}
