// Makes a fresh clone ready with nothing but Node and npm, then runs the command given as arguments.
// Usage: node scripts/bootstrap.mjs [command arguments...]
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, readFileSync, writeFileSync } from "node:fs";
import { constants as os } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const modules = join(root, "node_modules");
const pnpmHome = join(root, ".pnpm-home");
const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const pnpmVersion = packageManager.split("@")[1];
const env = { ...process.env, TURBO_TELEMETRY_DISABLED: "1" };
delete env.npm_config_loglevel; // `npm run --silent` would hide why pnpm failed

const say = (line) => process.stderr.write(`setup: ${line}\n`);

function fail(line) {
  say(line);
  process.exit(1);
}

/** What a command prints, or undefined when it is missing or fails. */
function output(command, ...args) {
  const { status, stdout } = spawnSync(command, args, { cwd: root, env, encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

function mustRun(command, args, otherwise) {
  // Output goes to stderr: stdout belongs to the command that follows.
  const { status } = spawnSync(command, args, { cwd: root, env, stdio: ["inherit", 2, 2] });
  if (status !== 0) fail(otherwise);
}

function isWritable(folder) {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Puts the pinned pnpm on PATH. turbo and the tests start it by name, so a full path is not enough. */
function providePnpm() {
  const found = output("pnpm", "--version");
  if (found === pnpmVersion) return;
  const local = join(pnpmHome, "node_modules", ".bin");
  env.PATH = `${local}${delimiter}${env.PATH}`;
  if (existsSync(join(local, "pnpm")) && output("pnpm", "--version") === pnpmVersion) return;

  // Without any pnpm it is installed for the user, where npm may do that, so that `pnpm vidtok` works afterwards.
  const prefix = found === undefined ? output("npm", "prefix", "--global") : undefined;
  const shared =
    prefix !== undefined &&
    env.PATH.split(delimiter).includes(join(prefix, "bin")) &&
    isWritable(join(prefix, "bin")) &&
    isWritable(join(prefix, "lib", "node_modules"));
  const where = shared ? ["--global"] : ["--prefix", pnpmHome, "--no-save", "--no-package-lock"];
  say(`fetching pnpm ${pnpmVersion}${shared ? " (undo: npm uninstall --global pnpm)" : ""}`);
  mustRun(
    "npm",
    ["install", ...where, "--no-audit", "--no-fund", "--loglevel=error", `pnpm@${pnpmVersion}`],
    `npm could not install pnpm ${pnpmVersion} (see above); the first run needs the npm registry`,
  );
  if (!shared && found === undefined) {
    say(`use \`npx vidtok\` for the CLI, or \`npm install --global pnpm@${pnpmVersion}\` first`);
  }
}

/** Installs the dependencies when the lockfile is not the one installed last. */
function install() {
  const hash = createHash("sha256");
  for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml"]) {
    hash.update(readFileSync(join(root, file)));
  }
  const wanted = hash.digest("hex");
  const stamp = join(modules, ".setup-lockfile");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  say("installing dependencies");
  mustRun(
    "pnpm",
    ["install", "--frozen-lockfile", "--prefer-offline"],
    "pnpm could not install the dependencies (see above); the first run needs the npm registry",
  );
  writeFileSync(stamp, wanted);
}

/** Builds every package; turbo skips what has not changed. */
function build() {
  // A part of the addon's cache key: a build without a compiler must not be reused once there is one.
  env.VIDTOK_COMPILER = output(env.CXX || "c++", "-dumpfullversion", "-dumpmachine") ?? "none";
  if (env.VIDTOK_COMPILER === "none") {
    say(
      "no C++ compiler found, so the fast native backend stays unbuilt (Debian: apt install g++)",
    );
  }
  say("building what has changed");
  mustRun(
    join(modules, ".bin", "turbo"),
    ["run", "build", "--output-logs=errors-only"],
    "the build failed",
  );
}

/** Becomes the command: its output, its exit code, the signals that reach us. */
function runCommand(command, args) {
  env.PATH = `${join(modules, ".bin")}${delimiter}${env.PATH}`;
  const child = spawn(command, args, { env, stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => child.kill(signal));
  }
  child.on("error", (error) => fail(`${command}: ${error.message}`));
  child.on("exit", (code, signal) => process.exit(code ?? 128 + os.signals[signal]));
}

providePnpm();
install();
build();
const [command, ...args] = process.argv.slice(2);
if (command !== undefined) runCommand(command, args);
