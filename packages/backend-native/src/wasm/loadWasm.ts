import { readFileSync } from "node:fs";
import type { Addon } from "../addon.ts";
import { ownFile } from "../ownFile.ts";
import { nodeHost } from "./nodeHost.ts";
import { wasmAddon } from "./wasmAddon.ts";

/** The engine's WebAssembly file, which travels in this package. */
export const wasmPath = ownFile("wasm/vidtok.wasm");

let loaded: Addon | undefined;

/** The engine as WebAssembly; throws an error with the reason where it cannot run. */
export function loadWasm(): { addon: Addon; path: string } {
  loaded ??= wasmAddon(readFileSync(wasmPath), nodeHost);
  return { addon: loaded, path: wasmPath };
}
