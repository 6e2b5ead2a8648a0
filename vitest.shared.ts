import { defineConfig } from "vitest/config";

// Tests read the packages' sources, so they need no build; TEST_BUILT=1 runs the same tests on dist.
const conditions = process.env["TEST_BUILT"] ? [] : ["@vidtok/source"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { include: ["test/**/*.test.ts"], testTimeout: 60_000 },
});
