// Runs TypeScript of this package as it stands, without a build.
import { fileURLToPath } from "node:url";
import { createViteServer } from "vitest/node";

/** Loads a module by its path in the package and hands it to `use`. */
export async function withSources(path, use) {
  const conditions = ["@vidtok/source"];
  const server = await createViteServer({
    root: fileURLToPath(new URL("..", import.meta.url)),
    configFile: false,
    logLevel: "error",
    server: { middlewareMode: true, ws: false, watch: null },
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    optimizeDeps: { noDiscovery: true },
  });
  try {
    return await use(await server.ssrLoadModule(path));
  } finally {
    await server.close();
  }
}
