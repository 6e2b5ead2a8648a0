import { existsSync } from "node:fs";
import { UnavailableError } from "@vidtok/tensor";
import type { Addon } from "./addon.ts";
import { loadAddon } from "./loadAddon.ts";
import { loadWasm, wasmPath } from "./wasm/loadWasm.ts";

/**
 * An instruction set the kernels are compiled for; `portable` runs on every processor (on arm64 it
 * uses NEON), `wasm` wherever Node does.
 */
export type Isa = "wasm" | "portable" | "avx2" | "avx512" | "avx512bf16" | "amx";

/** Whether an instruction set runs on this machine; where it does not, `reason` says why. */
export interface IsaStatus {
  readonly isa: Isa;
  readonly runs: boolean;
  readonly reason: string;
}

/**
 * WebAssembly and the instruction sets the addon was compiled for, slowest first; throws
 * `UnavailableError` where neither loads.
 */
export function isaAvailable(): IsaStatus[] {
  const { isas } = loadAddon();
  const all = isas.some(({ isa }) => isa === "wasm") ? isas : [wasmBeside(), ...isas];
  return all.map(({ isa, reason }) => ({ isa: isa as Isa, runs: reason === "", reason }));
}

/** WebAssembly where an addon loads: not compiled before it is asked for. */
function wasmBeside(): Addon["isas"][number] {
  return { isa: "wasm", reason: existsSync(wasmPath) ? "" : `${wasmPath} does not exist` };
}

/** The addon that has an instruction set, and the number it has there. */
export function addonOf(isa: Isa): { readonly addon: Addon; readonly index: number } {
  const addon = isa === "wasm" ? loadWasm().addon : loadAddon();
  return { addon, index: addon.isas.findIndex((status) => status.isa === isa) };
}

/** The instruction set that `wanted` names, or the fastest that runs here. */
export function pickIsa(wanted: string | undefined): Isa {
  const all = isaAvailable();
  const runs = all.filter((status) => status.runs).map((status) => status.isa);
  if (!wanted) return runs.at(-1)!;
  const found = all.find((status) => status.isa === wanted);
  if (found?.runs) return found.isa;
  const reason = found ? found.reason : `there is no ${wanted}`;
  throw new UnavailableError(
    `backend native: ${wanted} cannot run here: ${reason}; this machine has ${runs.join(" and ")}`,
  );
}
