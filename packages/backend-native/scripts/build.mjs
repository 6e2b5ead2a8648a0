// Builds the addon if its sources changed. Without a compiler it says so and succeeds: the package
// then looks for another addon, and says why there is none of its own.
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { findCompiler } from "./compilers.mjs";
import { compile } from "./compile.mjs";
import { ownPlatform } from "./ownPlatform.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const configuration = process.argv.includes("--asan") ? "Debug" : "Release";
const folder = join(root, "build", configuration);
const addon = join(folder, "vidtok_native.node");
const stampFile = join(folder, "stamp");
const note = join(root, "build", "unavailable.txt");

/** What the addon is made from: the same text means that nothing has to be built. */
function stamp() {
  const hash = createHash("sha256").update(
    `${process.platform} ${process.arch} ${process.env.CXX}`,
  );
  const files = ["native", "scripts"].flatMap((name) =>
    readdirSync(join(root, name), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  for (const file of files.sort()) hash.update(file).update(readFileSync(file));
  return hash.digest("hex");
}

function unavailable(reason) {
  mkdirSync(dirname(note), { recursive: true });
  writeFileSync(note, `${reason}\n`);
  process.stderr.write(
    `backend-native: not built, because ${reason}; everything else works, on a slower backend\n`,
  );
  process.exit(0);
}

async function build() {
  const { compiler, tried } = findCompiler();
  if (!compiler) unavailable(`there is no C++ compiler (${tried}); install g++`);
  process.stderr.write(`backend-native: compiling the kernels (${configuration})\n`);
  try {
    await compile({ root, platform: ownPlatform(), compiler, folder, configuration });
  } catch (error) {
    process.stderr.write(`backend-native: ${error.message}\n`);
    process.exit(1);
  }
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
