// The script of the thread that trains, so that the main thread can draw and hear signals meanwhile.
import { parentPort, workerData } from "node:worker_threads";
import type { TrainResult, ValidateResult } from "@vidtok/train";
import { doWork } from "./work.ts";
import type { Told, Work } from "./work.ts";

/** What the thread says: things told, then the result or an error. */
export type WorkerMessage =
  | { readonly told: Told }
  | { readonly result: TrainResult | ValidateResult }
  | { readonly error: unknown };

const say = (message: WorkerMessage): void => parentPort?.postMessage(message);
const stop = new AbortController();
// Any message asks to stop.
parentPort?.once("message", () => stop.abort());
try {
  const tell = (told: Told): void => say({ told });
  say({ result: await doWork(workerData as Work, tell, stop.signal) });
} catch (error) {
  say({ error });
}
