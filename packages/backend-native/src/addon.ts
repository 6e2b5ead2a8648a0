import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { UnavailableError, type Precision } from "@vidtok/tensor";

/** Bytes of a session: in storages now and at most, in packed weights, and freed but kept for reuse. */
export interface NativeMemory {
  readonly live: number;
  readonly peak: number;
  readonly packed: number;
  readonly pooled: number;
}

/** The C++ side of one backend. Kernels take what is in `commands` and return the number of a new storage. */
export interface Session {
  upload(data: Float32Array): number;
  read(handle: number, to: Float32Array): void;
  /** Returns the bytes that are left in storages. */
  free(handle: number): number;
  /** Makes `owner` the owner of a storage, which is released once the owner is collected. */
  own(handle: number, owner: object): void;
  /** Releases storages whose owners were collected, and returns the bytes that are left. */
  sweep(): number;
  map(): number;
  mapAll(): readonly number[];
  reduce(): number;
  matmul(): number;
  conv(): number;
  convWeight(): number;
  layerNorm(): number;
  layerNormGradients(): readonly number[];
  memory(): NativeMemory;
  trim(): void;
  /** Plain memcpy of a storage on all threads, for benchmarks. */
  copy(handle: number): number;
  /** Runs multiply-adds on all threads and returns the floating-point operations done, for benchmarks. */
  multiplyAdds(operands: Precision, rounds: number): number;
}

/** What the compiled addon exports. */
export interface Addon {
  /** Slowest first; `reason` says why this machine cannot run it and is empty where it can. */
  readonly isas: readonly { readonly isa: string; readonly reason: string }[];
  readonly Session: new (commands: Float64Array, threads: number, isa: number) => Session;
}

let loaded: Addon | undefined;

/** The compiled addon; throws `UnavailableError` where it was not built or does not load. */
export function loadAddon(): Addon {
  return (loaded ??= load());
}

function load(): Addon {
  const path = process.env["VIDTOK_NATIVE_PATH"] ?? built("Release/vidtok_native.node");
  if (!existsSync(path)) {
    const note = built("unavailable.txt");
    const reason = existsSync(note) ? readFileSync(note, "utf8").trim() : `${path} does not exist`;
    throw new UnavailableError(
      `backend native: the addon is not built (${reason}); with g++, make and python3 installed, run \`pnpm build\``,
    );
  }
  try {
    return createRequire(import.meta.url)(path) as Addon;
  } catch (error) {
    throw new UnavailableError(
      `backend native: ${path} does not load (${(error as Error).message}); build it again with \`pnpm build\``,
    );
  }
}

const built = (name: string): string => fileURLToPath(new URL(`../build/${name}`, import.meta.url));
