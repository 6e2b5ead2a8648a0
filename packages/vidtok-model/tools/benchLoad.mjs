// Prints what reading a checkpoint costs: `pnpm --filter @vidtok/model bench:load`.
import { withSources } from "./withSources.mjs";

await withSources("/bench/load.ts", ({ benchLoad }) => benchLoad(process.argv.slice(2)));
