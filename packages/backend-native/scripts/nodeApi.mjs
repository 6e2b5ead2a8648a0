// Node-API's headers, and the names that node.exe exports. In the repository packages bring them;
// the published package has copies, so that it depends on none of these.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** Folders of headers, and the folder of definitions for the import libraries of Windows. */
export function nodeApi(root) {
  const copies = join(root, "dist", "node-api");
  if (!existsSync(join(root, "tsup.config.ts"))) return { includes: [copies], definitions: copies };
  const [api, cxx] = packageFolders(root);
  return { includes: [join(api, "include"), cxx], definitions: join(api, "def") };
}

/** The folders of node-api-headers and node-addon-api. */
export function packageFolders(root) {
  const require = createRequire(join(root, "package.json"));
  return ["node-api-headers", "node-addon-api"].map((name) =>
    dirname(require.resolve(`${name}/package.json`)),
  );
}
