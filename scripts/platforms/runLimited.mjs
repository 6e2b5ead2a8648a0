import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";

/**
 * Runs a program that may hang: at the limit it is killed with all it started. What it prints goes
 * to a file, because Node under wine writes to nothing else. Resolves to what went wrong, if
 * anything did.
 */
export function runLimited([command, ...args], { cwd, env, log, seconds }) {
  const file = openSync(log, "a");
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", file, file],
      detached: true,
    });
    closeSync(file);
    const kill = () => process.kill(-child.pid, "SIGKILL");
    const end = (problem) => {
      clearTimeout(timer);
      process.off("exit", kill);
      resolve(problem);
    };
    const timer = setTimeout(() => {
      child.removeAllListeners();
      kill();
      end(`did not end within ${seconds} s`);
    }, seconds * 1000);
    process.on("exit", kill);
    child.on("error", (error) => end(error.message));
    child.on("exit", (status, signal) =>
      end(status === 0 ? undefined : `ended with ${signal ?? `exit code ${status}`}`),
    );
  });
}
