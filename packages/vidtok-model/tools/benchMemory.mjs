// Prints the resident memory of models that come and go: `pnpm --filter @vidtok/model bench:memory
// [dispose|drop|loop|stream]`.
import { withSources } from "./withSources.mjs";

await withSources("/bench/memory.ts", ({ benchMemory }) => benchMemory(process.argv.slice(2)));
