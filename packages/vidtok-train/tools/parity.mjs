// Prints how far each number of the golden training steps is from what a backend makes of them: `pnpm parity:train [native|gpujs|float64] [part of a name]`.
import { fileURLToPath } from "node:url";
import { withSources } from "../../vidtok-model/tools/withSources.mjs";

const module = fileURLToPath(new URL("printParity.ts", import.meta.url));
await withSources(module, async ({ printParity }) => {
  process.exitCode = (await printParity(process.argv.slice(2))) ? 0 : 1;
});
