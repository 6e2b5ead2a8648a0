#!/usr/bin/env node
// Stands before the build does, so that package managers can link the command at install time.
import { fileURLToPath } from "node:url";

// The entry runs a command only when it is the script that Node was started with.
process.argv[1] = fileURLToPath(new URL("../dist/index.js", import.meta.url));
await import("../dist/index.js");
