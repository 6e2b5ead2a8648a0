import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** The folder of the workspace; a bundle of these files lies deeper below it than they do. */
export const root = above(import.meta.dirname);

function above(folder: string): string {
  return existsSync(join(folder, "pnpm-workspace.yaml")) ? folder : above(dirname(folder));
}
