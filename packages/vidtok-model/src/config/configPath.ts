import { existsSync, readdirSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { nearEnough } from "./nearest.ts";
import { ConfigError } from "./value.ts";

/**
 * The path of a config: of a file as it is, else of the shipped config of this name, such as
 * `vidtok_kl_causal_488_4chn`. A file in the working directory comes before a name.
 */
export function configPath(name: string): string {
  if (isFile(name)) return name;
  const bare = name.replace(/^(\.\/)?configs\//, "").replace(/\.ya?ml$/, "");
  const names = configNames();
  const found = names.find((each) => each === bare || each.endsWith(`/${bare}`));
  if (found !== undefined) return join(shippedFolder(), `${found}.yaml`);
  // Reading it says why it is no file.
  if (existsSync(name)) return name;
  const near = nearEnough(bare, names);
  throw new ConfigError(
    `config: ${name} is no file and no shipped config${near ? `; did you mean ${near}?` : ""}`,
  );
}

/** Names of the shipped configs, such as `vidtok_v1_1/vidtok_kl_causal_488_4chn_v1_1`. */
export function configNames(): readonly string[] {
  return readdirSync(shippedFolder(), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".yaml"))
    .map((path) => path.slice(0, -".yaml".length).replaceAll(sep, "/"))
    .sort();
}

// A build carries a copy of the configs; sources use the repository's.
function shippedFolder(): string {
  const folders = ["./configs", "../../../../configs"].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  const found = folders.find((folder) => existsSync(folder));
  if (found !== undefined) return found;
  throw new ConfigError(`config: ${folders[0]} is missing; install @vidtok/model again`);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
