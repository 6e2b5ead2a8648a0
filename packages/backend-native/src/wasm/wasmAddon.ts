import type { Addon } from "../addon.ts";
import type { WasmHost } from "./host.ts";
import { WasmSession } from "./session.ts";
import { webAssembly } from "./webAssembly.ts";

/** What the compiled addon exports, from the bytes of the WebAssembly file. */
export function wasmAddon(file: Uint8Array, host: WasmHost): Addon {
  const { Module } = webAssembly();
  const module = new Module(file);
  class HostedSession extends WasmSession {
    constructor(commands: Float64Array, threads: number, isa: number) {
      super(module, host, commands, threads, isa);
    }
  }
  return { isas: [{ isa: "wasm", reason: "" }], Session: HostedSession };
}
