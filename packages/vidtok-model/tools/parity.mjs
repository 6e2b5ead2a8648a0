// Prints how far each golden number is from what a backend computes: `pnpm parity [native|gpujs|reference] [part of a name]`.
import { withSources } from "./withSources.mjs";

await withSources("/tools/printParity.ts", async ({ printParity }) => {
  process.exitCode = (await printParity(process.argv.slice(2))) ? 0 : 1;
});
