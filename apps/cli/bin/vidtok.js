#!/usr/bin/env node
// Stands before the build does, so that package managers can link the command at install time.
import { fileURLToPath } from "node:url";

// The entry runs a command only when it is the script that Node was started with.
process.argv[1] = fileURLToPath(new URL("../dist/index.js", import.meta.url));
try {
  await import("../dist/index.js");
} catch (error) {
  // The command reports its own errors; these come before it: too few files or too little memory.
  process.exitCode = 1;
  const text = process.argv.includes("--debug") ? error?.stack : error?.message;
  process.stderr.write(`vidtok: cannot be started: ${text ?? error}\n`);
}
