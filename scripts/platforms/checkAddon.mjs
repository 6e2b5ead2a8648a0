// Runs before a platform package is published, in its folder.
import { existsSync } from "node:fs";

function refuse(reason) {
  console.error(`${process.cwd()}: ${reason}`);
  process.exit(1);
}

if (!existsSync("vidtok_native.node")) {
  refuse("there is no vidtok_native.node; node scripts/platforms/build.mjs compiles it");
}
// Without these every package would be installed on every platform.
if (!process.env.npm_config_user_agent?.startsWith("pnpm/")) {
  refuse("publish with pnpm, which takes os, cpu and libc from publishConfig");
}
