import { UnavailableError, type Backend, type BackendOptions } from "./backend.ts";
import { setCurrentBackend } from "./currentBackend.ts";
import { openRegistered } from "./registeredBackends.ts";

/** The backends that can be asked for by name; `auto` is native, or gpu.js where that cannot run. */
export type BackendName = "auto" | "native" | "gpujs";

/** Options of `useBackend`. */
export interface UseBackendOptions extends BackendOptions {
  /** Told of each backend that `auto` passed over, and why. */
  readonly onUnavailable?: (name: string, reason: string) => void;
}

/**
 * Makes new tensors live on a backend, by name or one's own; rejects with the reason and the fix if
 * it cannot run. `native` is the session that is in use with the same threads and instruction set,
 * so that models share threads, memory and pool; other options open another session.
 */
export async function useBackend(
  choice: BackendName | Backend,
  options: UseBackendOptions = {},
): Promise<Backend> {
  const backend = typeof choice === "string" ? await load(choice, options) : choice;
  setCurrentBackend(backend);
  return backend;
}

async function load(name: BackendName, options: UseBackendOptions): Promise<Backend> {
  switch (name) {
    case "native":
      return openRegistered(name, options);
    case "gpujs":
      return loadGpujs(options);
    case "auto":
      try {
        return await openRegistered("native", options);
      } catch (error) {
        if (!(error instanceof UnavailableError)) throw error;
        options.onUnavailable?.("native", error.message);
        return loadGpujs(options);
      }
    default:
      throw new UnavailableError(
        `backend: there is no "${String(name)}"; choose auto, native or gpujs`,
      );
  }
}

async function loadGpujs(options: BackendOptions): Promise<Backend> {
  const { gpujsBackend } = await import("./backends/gpujs/gpujsBackend.ts");
  return gpujsBackend(options);
}
