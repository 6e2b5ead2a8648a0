import { dirname, join } from "node:path";
import type { Addon } from "./addon.ts";
import { openAddon } from "./openAddon.ts";

/**
 * The addon of an installed platform package. Throws what is wrong with it: not installed, of
 * another version, without an addon, or with one that does not load.
 */
export function openPackage(
  name: string,
  version: string,
  require: NodeJS.Require,
): { addon: Addon; path: string } {
  let manifest: string;
  try {
    manifest = require.resolve(`${name}/package.json`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    throw new Error("it is not installed");
  }
  const installed = (require(manifest) as { version: string }).version;
  if (installed !== version) {
    throw new Error(`it has version ${installed}, @vidtok/backend-native has ${version}`);
  }
  const path = join(dirname(manifest), "vidtok_native.node");
  return { addon: openAddon(path), path };
}
