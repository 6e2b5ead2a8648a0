import { cpSync } from "node:fs";
import { defineConfig } from "tsup";
import { library } from "../../tsup.shared.ts";

const options = library("src/index.ts");

export default defineConfig({
  ...options,
  // Away from the repository, configs are found by name in the package.
  onSuccess() {
    cpSync("../../configs", "dist/configs", { recursive: true });
    return Promise.resolve();
  },
});
