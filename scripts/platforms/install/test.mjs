// Packs everything, installs `vidtok` into empty folders from a registry on this machine, without
// scripts, with each package manager, and asks `vidtok doctor` where the addon is from.
// Third-party packages come from the registry that npm is set up with.
import { execFile, execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { ownPlatform } from "../../../packages/backend-native/scripts/ownPlatform.mjs";
import { buildPlatform } from "../build.mjs";
import { cache, root } from "../cache.mjs";
import { managers } from "./managers.mjs";
import { serve } from "./registry.mjs";

const platform = ownPlatform();

/** The folder of a package manager's commands, fetched if it is not in the cache. */
function commandsOf(spec) {
  const folder = join(cache, spec.replace(/\W/g, "-"));
  const args = ["install", "--silent", "--no-save", "--ignore-scripts", "--prefix", folder, spec];
  execFileSync("npm", args, { stdio: ["ignore", "ignore", 2] });
  return join(folder, "node_modules", ".bin");
}

const run = promisify(execFile);

/** What a program prints, as root or as another user; throws all of it where it fails. */
async function output([command, ...args], cwd, env, uid) {
  try {
    const options = { cwd, env, uid, timeout: 300_000, killSignal: "SIGKILL" };
    return (await run(command, args, options)).stdout;
  } catch (error) {
    // `doctor` ends with 1 where ffmpeg does not run, which is not the question here.
    if (error.code === 1 && error.stdout.startsWith("{")) return error.stdout;
    throw new Error(`${error.message}\n${error.stdout}`);
  }
}

/** Throws where the addon is not from the platform's package or, without that, WebAssembly. */
function check({ addon }, isNative) {
  const name = `@vidtok/native-${platform}`;
  const reason = addon.attempts.find(({ from }) => from === name)?.reason;
  const isRight = isNative
    ? addon.from === name
    : addon.from === "wasm" && reason === "it is not installed";
  if (!isRight) throw new Error(`addon: ${JSON.stringify(addon)}`);
  return `${addon.from}${reason ? ` (${name}: ${reason})` : ""}`;
}

/** Platform packages in a flat node_modules; Yarn 1, which knows no libc, leaves musl's there too. */
function nativesIn(folder) {
  const scope = join(folder, "node_modules", "@vidtok");
  return existsSync(scope) ? readdirSync(scope).filter((name) => name.startsWith("native-")) : [];
}

async function install(manager, registry) {
  const folder = mkdtempSync(join(tmpdir(), "vidtok-install-"));
  try {
    // Readable for other users, which temporary folders are not.
    chmodSync(folder, 0o755);
    const manifest = { private: true, dependencies: { vidtok: "*" } };
    writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
    for (const [name, text] of Object.entries(manager.files(registry))) {
      writeFileSync(join(folder, name), text);
    }
    const own = manager.uses ? [commandsOf(manager.uses)] : [];
    const env = {
      PATH: [...own, process.env.PATH].join(delimiter),
      HOME: join(folder, "home"),
      npm_config_cache: join(folder, "home", "npm"),
      npm_config_store_dir: join(folder, "home", "pnpm"),
      NODE_EXTRA_CA_CERTS: process.env.NODE_EXTRA_CA_CERTS ?? "",
    };
    mkdirSync(env.HOME);
    await output(manager.install, folder, env);
    const foreign = nativesIn(folder).filter((name) => !name.startsWith(`native-${platform}`));
    if (foreign.length > 0) throw new Error(`packages of other platforms: ${foreign.join(", ")}`);
    const command = manager.run
      ? [...manager.run, "vidtok"]
      : [join(folder, "node_modules", ".bin", "vidtok")];
    const doctor = async (uid) =>
      JSON.parse(await output([...command, "doctor", "--json"], folder, env, uid));
    const said = check(await doctor(), manager.native);
    // 65534 is nobody, who owns nothing of it.
    if (process.getuid?.() === 0 && !manager.run) check(await doctor(65534), manager.native);
    return said;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await buildPlatform(platform);
const tarballs = mkdtempSync(join(tmpdir(), "vidtok-tarballs-"));
execFileSync("pnpm", ["--recursive", "pack", "--pack-destination", tarballs], { cwd: root });
const upstream = execFileSync("npm", ["config", "get", "registry"], { encoding: "utf8" }).trim();
const registry = await serve(tarballs, upstream);
let failures = 0;
for (const manager of managers) {
  try {
    console.log(`ok     ${manager.name}: ${await install(manager, registry.address)}`);
  } catch (error) {
    failures++;
    console.log(`FAILED ${manager.name}: ${error.message}`);
  }
}
registry.end();
rmSync(tarballs, { recursive: true });
process.exitCode = failures > 0 ? 1 : 0;
