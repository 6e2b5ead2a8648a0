import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";
import type { TrainResult, ValidateResult } from "@vidtok/train";
import type { WorkerMessage } from "./trainWorker.ts";
import { doWork } from "./work.ts";
import type { Told, Work } from "./work.ts";

/** Trains or validates on a thread of its own, so that this one hears a second Ctrl-C in the middle of a step. */
export async function doWorkOnThread(
  work: Work,
  tell: (told: Told) => void,
  signal: AbortSignal,
): Promise<TrainResult | ValidateResult> {
  const script = new URL("./trainWorker.js", import.meta.url);
  // Node starts no thread from TypeScript, so unbuilt sources compute on this one.
  if (!existsSync(script)) return doWork(work, tell, signal);
  const worker = new Worker(script, { workerData: work });
  const stop = (): void => worker.postMessage("stop");
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  try {
    return await new Promise((resolve, reject) => {
      worker.on("message", (message: WorkerMessage) => {
        if ("told" in message) tell(message.told);
        else if ("result" in message) resolve(message.result);
        else reject(message.error as Error);
      });
      worker.once("error", reject).once("exit", (code) => {
        reject(new Error(`train: the computing thread ended with ${code}`));
      });
    });
  } finally {
    signal.removeEventListener("abort", stop);
    await worker.terminate();
  }
}
