// Prints how many codes bf16 changes: `pnpm --filter @vidtok/model bench:codes --config C --ckpt F`.
import { withSources } from "./withSources.mjs";

await withSources("/bench/codes.ts", ({ benchCodes }) => benchCodes(process.argv.slice(2)));
