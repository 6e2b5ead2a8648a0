import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

// What files are written as before they have their names, here and in the packages that write pictures and tensors.
const ASIDE = /\.(\d+(-\w+)?\.part|partial-\d+-\d+)$/;

/** Removes the half-written files that a training left in its folder when it was killed. Nobody else may be writing there. */
export function removeLeftovers(dir: string): void {
  for (const name of readdirSync(dir, { recursive: true, encoding: "utf8" })) {
    if (ASIDE.test(name)) rmSync(join(dir, name));
  }
}
