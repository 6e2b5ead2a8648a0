#!/usr/bin/env node
import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { main } from "./main.ts";
import { withLostOutput } from "./terminal/lostOutput.ts";
import { processIo } from "./terminal/processIo.ts";

export { main } from "./main.ts";
export type { Terminal, World } from "./terminal/io.ts";

// The file is both the executable and the package's entry: it runs only when Node was started with it.
const started = process.argv[1];
if (started !== undefined && realpathSync(started) === fileURLToPath(import.meta.url)) {
  const io = processIo();
  const code = await main(process.argv.slice(2), io);
  process.exitCode = await withLostOutput(code, io);
  if (io.signal.aborted) io.endInterrupted();
}
