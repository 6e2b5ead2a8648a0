// Prints what FSQ's entropy loss costs: `pnpm bench [positions] [threads]`.
import { withSources } from "./withSources.mjs";

await withSources("/bench/fsqEntropy.ts", ({ benchFsqEntropy }) =>
  benchFsqEntropy(process.argv.slice(2)),
);
