import "@vidtok/backend-native";
import { useBackend } from "@vidtok/tensor";
import type { BackendName, BackendOptions } from "@vidtok/tensor";

/** A way to compute, and how it runs here or why it does not. */
export interface BackendReport {
  readonly name: string;
  readonly runs: boolean;
  /** The instruction set or gpu.js mode that really ran, with its number formats, or the reason it cannot. */
  readonly detail: string;
}

const CANDIDATES: readonly (readonly [BackendName, BackendOptions["mode"]?])[] = [
  ["native"],
  ["gpujs", "webgpu"],
  ["gpujs", "webgl2"],
  ["gpujs", "headlessgl"],
  ["gpujs", "webasm"],
  ["gpujs", "cpu"],
];

/** Starts every backend in every mode, one after the other. */
export async function describeBackends(): Promise<BackendReport[]> {
  const reports: BackendReport[] = [];
  for (const [backend, mode] of CANDIDATES) {
    const name = mode === undefined ? backend : `${backend} ${mode}`;
    try {
      const found = await useBackend(backend, mode === undefined ? {} : { mode });
      const detail = `${found.mode}; ${found.precisions.join(", ")}`;
      reports.push({ name, runs: true, detail });
    } catch (error) {
      const detail = error instanceof Error ? error.message.split("\n")[0]! : String(error);
      reports.push({ name, runs: false, detail });
    }
  }
  return reports;
}
