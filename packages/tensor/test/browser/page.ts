// Bundled and opened in a browser: runs everything on gpu.js in one mode and returns how it went.
import { gpujsBackend } from "../../src/backends/gpujs/gpujsBackend.ts";
import type { BackendOptions } from "../../src/index.ts";
import { opCases, parityError } from "../../src/testing/index.ts";
import { deviceChecks } from "../gpujs/deviceChecks.ts";
import { countAllocations } from "./allocations.ts";
import { trainSteps } from "../gpujs/trainSteps.ts";

/** What a page found in one mode. */
export interface PageReport {
  /** Why the mode does not run, or the mode that ran. */
  readonly unavailable?: string;
  readonly mode?: string;
  /** The worst relative error of every op, or what it threw. */
  readonly ops: Readonly<Record<string, number | string>>;
  /** What every check threw; empty where it holds. */
  readonly checks: Readonly<Record<string, string>>;
  /** Textures or buffers that exist after each of some training steps. */
  readonly allocations: readonly number[];
}

async function report(mode: NonNullable<BackendOptions["mode"]>): Promise<PageReport> {
  const alive = countAllocations();
  const ops: Record<string, number | string> = {};
  const checks: Record<string, string> = {};
  let backend;
  try {
    backend = await gpujsBackend({ mode });
  } catch (error) {
    return { unavailable: (error as Error).message, ops, checks, allocations: [] };
  }
  const allocations = await trainSteps(backend, 4, alive);
  for (const [name, opCase] of Object.entries(opCases)) {
    ops[name] = await parityError(backend, opCase).catch(String);
  }
  for (const [name, check] of Object.entries(deviceChecks)) {
    checks[name] = await check(backend).then(() => "", String);
  }
  return { mode: backend.mode, ops, checks, allocations };
}

Object.assign(globalThis, { report });
