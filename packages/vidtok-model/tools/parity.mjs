// Prints how far each golden number is from what a backend computes: `pnpm parity [native|gpujs] [part of a name]`.
import { fileURLToPath } from "node:url";
import { createViteServer } from "vitest/node";

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
  const { printParity } = await server.ssrLoadModule("/tools/printParity.ts");
  process.exitCode = (await printParity(process.argv.slice(2))) ? 0 : 1;
} finally {
  await server.close();
}
