import { defineConfig } from "tsup";
import { library } from "../../tsup.shared.ts";

export default defineConfig({
  ...library({ index: "src/index.ts", testing: "src/testing/index.ts" }),
  // gpu.js is part of the package: installed by itself it brings 85 MB that it never loads, and another package that has to be compiled.
  noExternal: ["gpu.js"],
  external: ["gl"],
  // It looks for `gl` by `require`, which modules do not have; in a browser there is none to be had and it goes on without.
  banner: {
    js: 'const require = globalThis.process?.getBuiltinModule?.("node:module")?.createRequire(import.meta.url);',
  },
});
