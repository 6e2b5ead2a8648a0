import { UnavailableError } from "@vidtok/tensor";
import { loadAddon } from "./loadAddon.ts";

/** An instruction set the kernels are compiled for; `portable` runs everywhere (on arm64 it uses NEON). */
export type Isa = "portable" | "avx2" | "avx512" | "avx512bf16" | "amx";

/** Whether an instruction set runs on this machine; where it does not, `reason` says why. */
export interface IsaStatus {
  readonly isa: Isa;
  readonly runs: boolean;
  readonly reason: string;
}

/** The instruction sets the addon was compiled for, slowest first; throws `UnavailableError` where there is no addon. */
export function isaAvailable(): IsaStatus[] {
  return loadAddon().isas.map(({ isa, reason }) => ({
    isa: isa as Isa,
    runs: reason === "",
    reason,
  }));
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
