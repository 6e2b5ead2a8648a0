// Runs the package's tests on an addon compiled with AddressSanitizer, which stops at the first
// access outside a buffer, and with the checks of UndefinedBehaviorSanitizer for sizes: overflow,
// division by zero, shifts.
import { execFileSync, spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const build = spawnSync(process.execPath, [join(root, "scripts/build.mjs"), "--asan"], {
  stdio: "inherit",
});
if (build.status !== 0) process.exit(1);

// The sanitizer has to be in the process before anything allocates.
const compiler = process.env.CXX ?? "c++";
const library = execFileSync(compiler, ["-print-file-name=libasan.so"], {
  encoding: "utf8",
}).trim();
const vitest = join(
  dirname(createRequire(import.meta.url).resolve("vitest/package.json")),
  "vitest.mjs",
);
const { status } = spawnSync(process.execPath, [vitest, "run", ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
  env: {
    ...process.env,
    LD_PRELOAD: library,
    VIDTOK_HOSTILE_CALLS: process.env.VIDTOK_HOSTILE_CALLS ?? "20000",
    VIDTOK_NATIVE_PATH: join(root, "build/Debug/vidtok_native.node"),
    // V8 never frees what it holds at exit; new[] of a size that cannot be is to fail, as it does outside the sanitizer.
    ASAN_OPTIONS: "detect_leaks=0:allocator_may_return_null=1",
  },
});
process.exit(status ?? 1);
