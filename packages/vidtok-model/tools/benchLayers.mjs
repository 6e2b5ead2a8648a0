// Prints where the time of an encode and decode goes: `pnpm bench:layers --size 128 --threads 1`.
import { withSources } from "./withSources.mjs";

await withSources("/bench/layers.ts", ({ benchLayers }) => benchLayers(process.argv.slice(2)));
