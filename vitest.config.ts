import { defineConfig } from "vitest/config";
import { SkipReporter } from "./scripts/skipReporter.ts";
import shared from "./vitest.shared.ts";

// One run over all packages, so that one summary tells the whole result.
export default defineConfig({
  test: {
    projects: ["packages/*", "apps/*", { ...shared, test: { ...shared.test, name: "workspace" } }],
    reporters: [new SkipReporter(), "default"],
  },
});
