import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/** `require` as this package sees it: strict layouts give it only what this package depends on. */
export const require = createRequire(import.meta.url);

/** The path of a file of this package; sources and builds are both one folder deep. */
export const ownFile = (name: string): string =>
  fileURLToPath(new URL(`../${name}`, import.meta.url));
