// Runs before a platform package is published, in its folder: an empty one must not be.
import { existsSync } from "node:fs";

if (!existsSync("vidtok_native.node")) {
  console.error(`${process.cwd()} holds no vidtok_native.node; compile it or fetch it first`);
  process.exit(1);
}
