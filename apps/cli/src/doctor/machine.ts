import { readFileSync } from "node:fs";
import { availableParallelism, cpus, freemem, totalmem } from "node:os";

/** The computer and the Node that run this. */
export interface Machine {
  readonly node: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  /** Vector extensions that matter here, such as `avx2`; empty where the system does not tell. */
  readonly cpuFeatures: readonly string[];
  readonly memoryBytes: number;
  readonly freeMemoryBytes: number;
}

const FEATURES =
  /^(sse4_2|avx|avx2|fma|f16c|avx512f|avx512bw|avx512_vnni|avx512_bf16|amx_tile|amx_bf16|asimd|asimdhp|bf16|sve|sve2|i8mm)$/;

/** Describes this machine. */
export function describeMachine(): Machine {
  return {
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    cpuFeatures: cpuFeatures(),
    memoryBytes: totalmem(),
    freeMemoryBytes: freemem(),
  };
}

function cpuFeatures(): string[] {
  let info: string;
  try {
    info = readFileSync("/proc/cpuinfo", "utf8");
  } catch {
    return [];
  }
  const words = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(info)?.[1]?.split(" ") ?? [];
  return words.filter((word) => FEATURES.test(word));
}
