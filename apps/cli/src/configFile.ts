import { existsSync, readdirSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { nearest } from "./args/nearest.ts";

/** The path of a config: that of a file as it is, or that of the shipped config of this name, as `vidtok_kl_causal_488_4chn`. */
export function configFile(name: string): string {
  if (isFile(name)) return name;
  const folder = shippedFolder();
  const bare = name
    .replace(/^(\.\/)?configs\//, "")
    .replace(/\.ya?ml$/, "")
    .replaceAll("/", sep);
  const shipped = shippedConfigs(folder);
  const found = shipped.find((each) => each === bare || each.endsWith(sep + bare));
  if (found !== undefined) return join(folder, `${found}.yaml`);
  const near = nearest(bare, shipped);
  throw new Error(
    `config: ${name} is no file and no shipped config${near ? `; did you mean ${near}?` : ""}`,
  );
}

/** Names of the shipped configs, as `vidtok_v1_1/vidtok_kl_causal_488_4chn_v1_1`. */
export function shippedConfigs(folder = shippedFolder()): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".yaml"))
    .map((path) => path.slice(0, -".yaml".length))
    .sort();
}

// A build carries a copy of the configs; sources use the repository's.
function shippedFolder(): string {
  const folders = ["./configs", "../../../configs"].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  const found = folders.find((folder) => existsSync(folder));
  if (found === undefined)
    throw new Error(`config: ${folders[0]} is missing; install vidtok again`);
  return found;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
