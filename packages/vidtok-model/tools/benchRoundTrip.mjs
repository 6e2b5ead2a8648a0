// Prints what an encode and decode costs, next to PyTorch: `pnpm bench:model --size 128 --peers`.
import { withSources } from "./withSources.mjs";

await withSources("/bench/roundTrip.ts", ({ benchRoundTrip }) =>
  benchRoundTrip(process.argv.slice(2)),
);
