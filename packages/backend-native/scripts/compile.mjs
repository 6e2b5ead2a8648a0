// Compiles the addon for one platform with GCC or Clang. Node-API's headers are all it needs, so
// that neither make and python3 nor Node's own headers have to be installed.
import { mkdirSync, renameSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { compileObject } from "./compileObject.mjs";
import { importLibraries } from "./importLibraries.mjs";
import { nodeApi } from "./nodeApi.mjs";
import { runCompiler } from "./runCompiler.mjs";
import { unitsOf } from "./units.mjs";

/** Compiles `root` for a platform such as `linux-x64` into `folder`; returns the addon's path. */
export async function compile({ root, platform, compiler, folder, configuration = "Release" }) {
  const { units, link } = unitsOf(platform, configuration);
  const { includes, definitions } = nodeApi(root);
  mkdirSync(join(folder, "objects"), { recursive: true });
  const stop = new AbortController();
  const jobs = units.map(({ source, flags }) => ({
    compiler,
    root,
    source,
    flags: [...flags, ...includes.map((path) => `-I${path}`)],
    object: join(folder, "objects", `${source.replaceAll("/", "_")}.o`),
    signal: stop.signal,
  }));
  const waiting = [...jobs];
  const worker = async () => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      await compileObject(job);
    }
  };
  try {
    await Promise.all(Array.from({ length: availableParallelism() }, worker));
  } catch (error) {
    // One failure is enough to read.
    stop.abort();
    throw error;
  }
  const addon = join(folder, "vidtok_native.node");
  const objects = jobs.map(({ object }) => object);
  const libraries = platform.startsWith("win32-")
    ? await importLibraries(definitions, compiler, folder, root)
    : [];
  const args = [...link, ...objects, ...libraries, "-o", `${addon}.part`];
  await runCompiler(compiler, args, root);
  renameSync(`${addon}.part`, addon);
  return addon;
}
