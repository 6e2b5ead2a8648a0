import { existsSync } from "node:fs";
import type { Addon } from "./addon.ts";
import { require } from "./ownFile.ts";
import { isTruncatedElf } from "./isTruncatedElf.ts";

/** Loads an addon from a file; throws with what is wrong with that file. */
export function openAddon(path: string): Addon {
  if (!existsSync(path)) throw new Error(`${path} does not exist`);
  let exported: Partial<Addon>;
  try {
    if (isTruncatedElf(path)) throw new Error("the file is truncated");
    exported = require(path) as Partial<Addon>;
  } catch (error) {
    const [reason] = (error as Error).message.split("\n");
    throw new Error(`${path} does not load: ${reason}`);
  }
  if (!exported?.isas || !exported.Session)
    throw new Error(`${path} is not an addon of this package`);
  return exported as Addon;
}
