// A release without publishing: packs everything, installs `vidtok` into empty folders from a
// registry on this machine, without scripts, with each package manager, asks `vidtok doctor` where
// the addon is from, and reconstructs a video with it. Then `@vidtok/metrics` alone.
// Third-party packages come from the registry that npm is set up with.
import { execFile, execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, join } from "node:path";
import { promisify } from "node:util";
import { ffmpegPath, ffprobePath } from "@vidtok/data";
import { ownPlatform } from "../../../packages/backend-native/scripts/ownPlatform.mjs";
import { buildPlatform } from "../build.mjs";
import { cache, root } from "../cache.mjs";
import { managers } from "./managers.mjs";
import { serve } from "./registry.mjs";

const platform = ownPlatform();
// The user who owns nothing of an installation.
const nobody = 65534;
const isRoot = process.getuid?.() === 0;

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

/**
 * Platform packages in a flat node_modules; Yarn 1, which knows no libc, leaves musl's there too.
 */
function nativesIn(folder) {
  const scope = join(folder, "node_modules", "@vidtok");
  return existsSync(scope) ? readdirSync(scope).filter((name) => name.startsWith("native-")) : [];
}

/** A copy of a program that any user may run. */
function runnableByAll(path, folder) {
  const copy = join(folder, basename(path));
  copyFileSync(path, copy);
  chmodSync(copy, 0o755);
  return copy;
}

/** What the installed command makes of a video, with the small model that ships with it. */
async function reconstruct(command, folder, env, uid) {
  const results = join(folder, `results-${uid ?? "own"}`);
  mkdirSync(results);
  if (uid !== undefined) chownSync(results, uid, uid);
  const flags = {
    config: "demo/fsq_causal_small",
    input_video_path: video,
    output: join(results, "reconstruction.mp4"),
    fit: "native",
    chunk_size: "4",
  };
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
  const printed = await output([...command, "reconstruct", ...args, "--json"], folder, env, uid);
  const { frames, backend, mode } = JSON.parse(printed);
  if (frames !== 10 || backend !== "native") throw new Error(`reconstruct: ${printed}`);
  return `${frames} frames on ${backend} (${mode})`;
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
    const found = manager.ffmpeg === false ? { ...env, ...programs } : env;
    const result = await reconstruct(command, folder, found);
    if (isRoot) await reconstruct(command, folder, found, nobody);
    if (isRoot && !manager.run) check(await doctor(nobody), manager.native);
    return `${said}; ${result}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Installs the metrics alone and measures with them; throws where more came than they need. */
async function installMetrics(registry) {
  const folder = mkdtempSync(join(tmpdir(), "vidtok-install-"));
  try {
    const manifest = { private: true, type: "module", dependencies: { "@vidtok/metrics": "*" } };
    writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
    writeFileSync(join(folder, ".npmrc"), `registry=${registry}\nignore-scripts=true\n`);
    await output(["npm", "install"], folder, { ...process.env });
    const brought = readdirSync(join(folder, "node_modules", "@vidtok"))
      .sort()
      .join(", ");
    if (brought !== "metrics, nn, tensor") throw new Error(`it brought ${brought}`);
    const readme = readFileSync(join(folder, "node_modules/@vidtok/metrics/README.md"), "utf8");
    writeFileSync(join(folder, "example.js"), /```ts\n(.*?)```/s.exec(readme)[1]);
    const printed = await output([process.execPath, "example.js"], folder, { ...process.env });
    if (!printed.startsWith("28.13")) throw new Error(`its example printed ${printed}`);
    return `with ${brought}; ${printed.split("\n")[0]}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await buildPlatform(platform);
const tarballs = mkdtempSync(join(tmpdir(), "vidtok-tarballs-"));
chmodSync(tarballs, 0o755);
execFileSync(
  "pnpm",
  ["--recursive", "--filter", "!vidtok-workspace", "pack", "--pack-destination", tarballs],
  { cwd: root },
);
const upstream = execFileSync("npm", ["config", "get", "registry"], { encoding: "utf8" }).trim();
const registry = await serve(tarballs, upstream);
const programs = {
  FFMPEG_PATH: runnableByAll(ffmpegPath(), tarballs),
  FFPROBE_PATH: runnableByAll(ffprobePath(), tarballs),
};
const video = join(tarballs, "video.mp4");
const picture = "testsrc2=size=66x50:rate=25:duration=0.4";
execFileSync(ffmpegPath(), ["-v", "error", "-f", "lavfi", "-i", picture, video]);
let failures = 0;
const trials = [
  ...managers.map((manager) => [manager.name, () => install(manager, registry.address)]),
  ["npm, @vidtok/metrics alone", () => installMetrics(registry.address)],
];
for (const [name, trial] of trials) {
  try {
    console.log(`ok     ${name}: ${await trial()}`);
  } catch (error) {
    failures++;
    console.log(`FAILED ${name}: ${error.message}`);
  }
}
registry.end();
for (const name of readdirSync(tarballs).filter((file) => file.endsWith(".tgz"))) {
  console.log(`${(statSync(join(tarballs, name)).size / 1e3).toFixed(0).padStart(6)} kB  ${name}`);
}
rmSync(tarballs, { recursive: true });
process.exitCode = failures > 0 ? 1 : 0;
