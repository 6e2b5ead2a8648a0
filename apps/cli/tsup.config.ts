import { cpSync } from "node:fs";
import { defineConfig } from "tsup";
import { library } from "../../tsup.shared.ts";

export default defineConfig({
  ...library({
    index: "src/index.ts",
    tokenizerWorker: "src/reconstruct/tokenizerWorker.ts",
    trainWorker: "src/train/trainWorker.ts",
  }),
  // Away from the repository the command finds the shipped configs in its own package.
  onSuccess() {
    cpSync("../../configs", "dist/configs", { recursive: true });
    return Promise.resolve();
  },
});
