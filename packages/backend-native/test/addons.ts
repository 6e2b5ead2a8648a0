import type { Addon } from "../src/addon.ts";
import { addonOf } from "../src/isa.ts";
import { fastest } from "./isas.ts";

/** The compiled addon, where one loads, and the one in WebAssembly. */
export const addons: readonly (readonly [string, Addon])[] = fastest.map((isa) => [
  isa === "wasm" ? "wasm" : "the addon",
  addonOf(isa).addon,
]);
