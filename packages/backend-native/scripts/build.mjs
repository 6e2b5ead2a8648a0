// Builds the addon if its sources changed: with node-gyp, or where make or python3 is missing by calling the compiler itself. Without a
// compiler it says so and succeeds: the package then reports that the backend is unavailable, and why.
import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { compile } from "./compile.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const configuration = process.argv.includes("--asan") ? "Debug" : "Release";
const folder = join(root, "build", configuration);
const addon = join(folder, "vidtok_native.node");
const stampFile = join(folder, "stamp");
const note = join(root, "build", "unavailable.txt");

function runs(command, ...args) {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

/** What the addon is made from: the same text means that nothing has to be built. */
function stamp() {
  const hash = createHash("sha256").update(`${process.version} ${process.arch} ${process.env.CXX}`);
  const files = readdirSync(join(root, "native"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  for (const file of [join(root, "binding.gyp"), ...files.sort()]) {
    hash.update(file).update(readFileSync(file));
  }
  return hash.digest("hex");
}

/** The folder that holds `include/node`, beside the running Node. */
function nodeFolder() {
  const candidates = [resolve(process.execPath, "../.."), process.env.npm_config_nodedir, "/usr"];
  return candidates.find((path) => path && existsSync(join(path, "include/node/node_api.h")));
}

function nodeGyp(...args) {
  const bin = createRequire(import.meta.url).resolve("node-gyp/bin/node-gyp.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    cwd: root,
    encoding: "utf8",
    // Everything else is in the command line; npm's own settings only make node-gyp warn.
    env: { ...process.env, npm_config_loglevel: "error" },
  });
  return { isDone: status === 0, output: stdout + stderr };
}

function unavailable(reason) {
  mkdirSync(dirname(note), { recursive: true });
  writeFileSync(note, `${reason}\n`);
  process.stderr.write(
    `backend-native: not built, because ${reason}; everything else works, on the gpu.js backend\n`,
  );
  process.exit(0);
}

async function build() {
  const compiler =
    process.env.CXX ?? ["c++", "g++", "clang++"].find((name) => runs(name, "--version"));
  if (process.platform === "win32") unavailable("the kernels need GCC or Clang");
  if (!compiler || !runs(compiler, "--version")) {
    unavailable(
      `there is no C++ compiler (${process.env.CXX ?? "c++, g++, clang++"}); install g++`,
    );
  }
  const nodedir = nodeFolder();
  process.stderr.write(`backend-native: compiling the kernels (${configuration})\n`);
  if (nodedir && !(runs("make", "--version") && runs("python3", "--version"))) {
    return compile(root, configuration, compiler, nodedir);
  }
  const configured = nodeGyp("configure", ...(nodedir ? ["--nodedir", nodedir] : []));
  if (!configured.isDone && !nodedir) {
    process.stderr.write(configured.output);
    unavailable("Node's headers are neither beside it nor could node-gyp fetch them");
  }
  const built = configured.isDone
    ? nodeGyp("build", "-j", "max", ...(configuration === "Debug" ? ["--debug"] : []))
    : configured;
  if (built.isDone) return;
  process.stderr.write(built.output);
  process.exit(1);
}

/** Runs `body` while no other process builds here; a lock whose process is gone counts for nothing. */
async function alone(body) {
  mkdirSync(folder, { recursive: true });
  const lock = join(root, "build", "lock");
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx" });
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
      if (!isAlive(lock)) rmSync(lock, { force: true });
      await setTimeout(200);
    }
  }
  process.on("exit", () => rmSync(lock, { force: true }));
  await body();
}

function isAlive(lock) {
  try {
    process.kill(Number(readFileSync(lock, "utf8")), 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

await alone(async () => {
  const wanted = stamp();
  const isBuilt = existsSync(addon) && existsSync(stampFile);
  if (isBuilt && readFileSync(stampFile, "utf8") === wanted) return;
  rmSync(stampFile, { force: true });
  await build();
  rmSync(note, { force: true });
  writeFileSync(`${stampFile}.part`, wanted);
  renameSync(`${stampFile}.part`, stampFile);
});
