// Prints what a clip takes with memory budgets: `pnpm --filter @vidtok/model bench:tiles --frames 5
// --height 720 --width 1280 --budgets 1500,1000`.
import { withSources } from "./withSources.mjs";

await withSources("/bench/tiles.ts", ({ benchTiles }) => benchTiles(process.argv.slice(2)));
