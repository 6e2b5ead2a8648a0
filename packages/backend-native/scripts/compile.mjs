// What node-gyp does on a Unix machine, for machines without make or python3: compiles what binding.gyp lists with the flags it lists.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, renameSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

function run(command, args, cwd) {
  return new Promise((done) => {
    spawn(command, args, { cwd, stdio: ["ignore", "inherit", "inherit"] }).on("close", (status) => {
      if (status !== 0) {
        process.stderr.write(`backend-native: failed: ${command} ${args.join(" ")}\n`);
        process.exit(1);
      }
      done();
    });
  });
}

/** Compiles and links `build/<configuration>/vidtok_native.node`. */
export async function compile(root, configuration, compiler, nodedir) {
  const gyp = JSON.parse(readFileSync(join(root, "binding.gyp"), "utf8"));
  const extra = gyp.target_defaults.configurations[configuration] ?? {};
  const perCpu = process.arch === "x64" ? gyp.conditions[0][1].targets : [];
  const api = dirname(createRequire(import.meta.url).resolve("node-addon-api/package.json"));
  const folder = join(root, "build", configuration);
  mkdirSync(join(folder, "objects"), { recursive: true });
  const jobs = [...gyp.targets, ...perCpu].flatMap((target) =>
    target.sources.map((source) => {
      const object = join(folder, "objects", `${source.replaceAll("/", "_")}.o`);
      const args = [
        ...gyp.variables.flags,
        ...(extra.cflags_cc ?? []),
        ...(target.cflags_cc ?? []),
        ...(target.defines ?? []).map((define) => `-D${define}`),
        `-I${join(nodedir, "include/node")}`,
        `-I${api}`,
        "-c",
        source,
        "-o",
        object,
      ];
      return { object, args };
    }),
  );
  await Promise.all(jobs.map(({ args }) => run(compiler, args, root)));
  const addon = join(folder, "vidtok_native.node");
  const link =
    process.platform === "darwin" ? ["-bundle", "-undefined", "dynamic_lookup"] : ["-shared"];
  const objects = jobs.map(({ object }) => object);
  await run(
    compiler,
    [...link, ...(extra.ldflags ?? []), "-pthread", ...objects, "-o", `${addon}.part`],
    root,
  );
  renameSync(`${addon}.part`, addon);
}
