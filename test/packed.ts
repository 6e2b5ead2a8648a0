// All published packages, packed as they would be published, for tests that install them.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, realpath, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..");

/** The folder of each published package by its name. */
export const folders: Readonly<Record<string, string>> = {
  "@vidtok/tensor": "packages/tensor",
  "@vidtok/backend-native": "packages/backend-native",
  "@vidtok/nn": "packages/nn",
  "@vidtok/model": "packages/vidtok-model",
  "@vidtok/data": "packages/vidtok-data",
  "@vidtok/train": "packages/vidtok-train",
  "@vidtok/metrics": "packages/vidtok-metrics",
  vidtok: "apps/cli",
};

/** Tarballs of all packages in a temporary folder, and how to install them. */
export interface Packed {
  /** The temporary folder; remove it at the end. */
  readonly folder: string;
  /** A folder with just the named packages installed, as `npm install NAMES` would leave it. */
  installed(...names: readonly string[]): Promise<string>;
}

/**
 * Packs the workspace. Nothing is downloaded: our own packages come from their tarballs, and what
 * they depend on from the workspace's installation. A dependency that a package does not declare is
 * in neither place.
 */
export async function packWorkspace(): Promise<Packed> {
  const unbuilt = Object.values(folders).filter((it) => !existsSync(join(root, it, "dist")));
  if (unbuilt.length > 0) throw new Error(`not built: ${unbuilt.join(", ")}; run npm run build`);
  const temporary = await mkdtemp(join(tmpdir(), "vidtok-packages-"));
  const overrides: Record<string, string> = {};
  const { stdout } = await run(
    "pnpm",
    [
      "--recursive",
      "--filter",
      "!vidtok-workspace",
      "pack",
      "--json",
      "--pack-destination",
      temporary,
    ],
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

  async function installed(...names: readonly string[]): Promise<string> {
    const folder = join(temporary, names.join("+").replaceAll("/", "-"));
    // A second `pnpm install` fails on the packages of other platforms, which the first one
    // skipped.
    if (existsSync(join(folder, "node_modules"))) return folder;
    await mkdir(folder, { recursive: true });
    const dependencies = Object.fromEntries(names.map((name) => [name, overrides[name]]));
    await writeFile(
      join(folder, "package.json"),
      JSON.stringify({ private: true, type: "module", dependencies, pnpm: { overrides } }),
    );
    // Without hoisting a package sees what it declares and nothing else.
    await run("pnpm", ["install", "--offline", "--ignore-scripts", "--config.hoist=false"], {
      cwd: folder,
    });
    return folder;
  }

  return { folder: temporary, installed };
}
