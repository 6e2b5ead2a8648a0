import { availableParallelism } from "node:os";
import { UnavailableError, type BackendOptions } from "@vidtok/tensor";
import { pickIsa, type Isa } from "./isa.ts";

/** Options of `nativeBackend`. */
export interface NativeOptions extends BackendOptions {
  /** Instruction set; default: `VIDTOK_NATIVE_ISA`, else the fastest that runs. */
  readonly isa?: Isa;
}

/** What a session is opened with. */
export interface Settings {
  readonly isa: Isa;
  readonly threads: number;
  /** Both as text: `"avx2, 2 threads"`. */
  readonly mode: string;
}

/**
 * Options with the environment's and the machine's defaults; throws `UnavailableError` for what
 * cannot run here.
 */
export function settings(options: NativeOptions): Settings {
  const isa = pickIsa(options.isa ?? process.env["VIDTOK_NATIVE_ISA"]);
  const threads = threadCount(options.threads ?? process.env["VIDTOK_THREADS"]);
  return { isa, threads, mode: `${isa}, ${threads} ${threads === 1 ? "thread" : "threads"}` };
}

function threadCount(wanted: number | string | undefined): number {
  if (wanted === undefined) return availableParallelism();
  const threads = Number(wanted);
  if (!Number.isInteger(threads) || threads < 1 || threads > 1024) {
    throw new UnavailableError(
      `backend native: ${wanted} threads were asked for; give a whole number from 1 to 1024`,
    );
  }
  return threads;
}
