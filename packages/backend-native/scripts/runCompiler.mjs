import { spawn } from "node:child_process";

/** Runs a compiler; rejects with its command line and what it printed where it fails. */
export function runCompiler(command, args, cwd, signal) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, signal, stdio: ["ignore", "pipe", "pipe"] });
    const output = [];
    // GCC 12 warns of its own AVX-512 headers, at length.
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (part) => output.push(part));
    child.on("error", reject);
    child.on("close", (status) => {
      if (status === 0) resolve();
      else reject(new Error(`failed: ${command} ${args.join(" ")}\n${Buffer.concat(output)}`));
    });
  });
}
