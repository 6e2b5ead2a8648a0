// Every published package, packed as it would be published, installs into an empty folder and imports there.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..");

const folders: Record<string, string> = {
  "@vidtok/tensor": "packages/tensor",
  "@vidtok/backend-native": "packages/backend-native",
  "@vidtok/nn": "packages/nn",
  "@vidtok/model": "packages/vidtok-model",
  "@vidtok/data": "packages/vidtok-data",
  "@vidtok/train": "packages/vidtok-train",
  "@vidtok/metrics": "packages/vidtok-metrics",
  vidtok: "apps/cli",
};

let temporary: string;
const overrides: Record<string, string> = {};

// Nothing is downloaded: our own packages come from their tarballs, what they depend on from the
// workspace's installation. A dependency that a package does not declare is in neither place.
beforeAll(async () => {
  const unbuilt = Object.values(folders).filter((it) => !existsSync(join(root, it, "dist")));
  if (unbuilt.length > 0) throw new Error(`not built: ${unbuilt.join(", ")}; run npm run build`);
  temporary = await mkdtemp(join(tmpdir(), "vidtok-packages-"));
  const { stdout } = await run(
    "pnpm",
    ["--recursive", "pack", "--json", "--pack-destination", temporary],
    { cwd: root },
  );
  for (const { name, filename } of JSON.parse(stdout) as { name: string; filename: string }[]) {
    overrides[name] = `file:${filename}`;
  }
  for (const folder of Object.values(folders)) {
    const manifest = JSON.parse(await readFile(join(root, folder, "package.json"), "utf8")) as {
      dependencies?: Record<string, string>;
    };
    for (const name of Object.keys(manifest.dependencies ?? {})) {
      if (name in folders) continue;
      overrides[name] = `link:${await realpath(join(root, folder, "node_modules", name))}`;
    }
  }
});

afterAll(() => rm(temporary, { recursive: true }));

/** An empty folder with the package installed, as `npm install NAME` would leave it. */
async function installed(name: string): Promise<string> {
  const folder = join(temporary, name.replace("/", "-"));
  // A second `pnpm install` fails on the packages of other platforms, which the first one skipped.
  if (existsSync(join(folder, "node_modules"))) return folder;
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, "package.json"),
    JSON.stringify({
      private: true,
      type: "module",
      dependencies: { [name]: overrides[name] },
      pnpm: { overrides },
    }),
  );
  // Without hoisting a package sees what it declares and nothing else.
  await run("pnpm", ["install", "--offline", "--ignore-scripts", "--config.hoist=false"], {
    cwd: folder,
  });
  return folder;
}

test.each(Object.keys(folders))("%s installs and imports alone", async (name) => {
  const folder = await installed(name);
  const list = `console.log(JSON.stringify(Object.keys(await import("${name}")).sort()))`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", list], {
    cwd: folder,
  });
  expect(JSON.parse(stdout)).toEqual(Object.keys((await import(name)) as object).sort());
});

test("the installed vidtok command runs", async () => {
  const command = join(await installed("vidtok"), "node_modules", ".bin", "vidtok");
  const { stdout } = await run(command, ["--help"]);
  expect(stdout).toContain("reconstruct");
});

test("the examples of the metrics' README run where only that package is installed", async () => {
  const folder = await installed("@vidtok/metrics");
  const readme = await readFile(
    join(folder, "node_modules", "@vidtok/metrics", "README.md"),
    "utf8",
  );
  const examples = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code!);
  // The others need weights.
  const plain = examples.filter((code) => /import \{ (psnr, ssim|Psnr) \}/.test(code));
  expect(plain).toHaveLength(2);
  const output: string[] = [];
  for (const code of plain) {
    await writeFile(join(folder, "example.mjs"), code);
    const { stdout } = await run(process.execPath, ["example.mjs"], { cwd: folder });
    output.push(stdout);
  }
  expect(output.join("")).toMatch(
    /^28.13\d+ 17 \[ 0, 255 \]\n0.99\d+\n\{ mean: 80, count: 12 \}\n$/,
  );
});
