// Copies Node-API's headers into the package as it is published, for `vidtok-build-native`.
import { cpSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { packageFolders } from "./nodeApi.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const copies = join(root, "dist", "node-api");
const [api, cxx] = packageFolders(root);

mkdirSync(copies, { recursive: true });
for (const folder of ["include", "def"]) cpSync(join(api, folder), copies, { recursive: true });
for (const header of readdirSync(cxx).filter((name) => name.endsWith(".h"))) {
  cpSync(join(cxx, header), join(copies, header));
}
cpSync(join(api, "LICENSE"), join(copies, "LICENSE-node-api-headers"));
cpSync(join(cxx, "LICENSE.md"), join(copies, "LICENSE-node-addon-api"));
