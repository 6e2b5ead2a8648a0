import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { openTokenizer } from "./openTokenizer.ts";
import type { OpenTokenizer, TokenizerOptions } from "./openTokenizer.ts";
import type { WorkerAnswer, WorkerRequest } from "./tokenizerWorker.ts";

/** Builds a tokenizer that computes on a thread of its own; what is awaited of it rejects when `signal` aborts. */
export async function openTokenizerThread(
  options: TokenizerOptions,
  signal: AbortSignal,
): Promise<OpenTokenizer> {
  const script = new URL("./tokenizerWorker.js", import.meta.url);
  // Node starts no thread from TypeScript, so unbuilt sources compute on this one.
  if (!existsSync(script)) return openTokenizer(options);
  signal.throwIfAborted();
  const worker = new Worker(script, { workerData: options });
  const close = (): void => void worker.terminate();
  try {
    const first = await answered(worker, signal);
    if (!("facts" in first)) throw new Error("reconstruct: the computing thread said nothing");
    return {
      ...first.facts,
      async forward(clip) {
        worker.postMessage({ clip } satisfies WorkerRequest);
        const result = await answered(worker, signal);
        if (!("clip" in result)) throw new Error("reconstruct: the computing thread lost a clip");
        return result.clip;
      },
      reseed: (seed) => worker.postMessage({ seed } satisfies WorkerRequest),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

function answered(worker: Worker, signal: AbortSignal): Promise<WorkerAnswer> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      worker.off("message", onMessage).off("error", onError).off("exit", onExit);
      signal.removeEventListener("abort", onAbort);
      act();
    };
    const onMessage = (message: WorkerAnswer): void =>
      settle(() => ("error" in message ? reject(message.error as Error) : resolve(message)));
    const onError = (error: unknown): void => settle(() => reject(error as Error));
    const onExit = (code: number): void =>
      onError(new Error(`reconstruct: the computing thread ended with ${code}`));
    const onAbort = (): void => onError(signal.reason);
    worker.once("message", onMessage).once("error", onError).once("exit", onExit);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
