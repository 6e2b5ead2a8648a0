import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";
import type { BatchPlace } from "./batchPlan.ts";
import { childTable, killNoted } from "./childTable.ts";
import type { ClipBatch } from "./clipBatch.ts";
import type { ThreadAnswer, ThreadRequest, ThreadTask } from "./clipWorker.ts";
import type { VidTokDataset } from "./dataset.ts";
import { onExit } from "@vidtok/files";
import { VideoError } from "./videoError.ts";

/** A batch that is being made. */
interface Asked {
  resolve(batch: ClipBatch): void;
  reject(error: unknown): void;
}

interface ClipThread {
  read(place: BatchPlace): Promise<ClipBatch>;
  readonly ended: Promise<void>;
}

const script = new URL("./clipWorker.js", import.meta.url);

/** Whether threads can be started: Node starts none from TypeScript, so unbuilt sources read on the calling thread. */
export const canReadInThreads: boolean = existsSync(script);

/** Starts threads that make batches in turn and end, with their decoders, when `signal` aborts. */
export function openThreads(
  dataset: VidTokDataset,
  count: number,
  decoders: number,
  signal: AbortSignal,
): ClipThread {
  const threads = Array.from({ length: count }, () => startThread(dataset, decoders, signal));
  let turn = 0;
  return {
    read: (place) => threads[turn++ % count]!.read(place),
    ended: Promise.all(threads.map(({ ended }) => ended)).then(() => {}),
  };
}

function startThread(dataset: VidTokDataset, decoders: number, signal: AbortSignal): ClipThread {
  const children = childTable();
  const task: ThreadTask = { clips: dataset.shared(), decoders, children };
  // Flags of the process, such as --input-type, may not suit a thread.
  const worker = new Worker(script, { workerData: task, execArgv: [] });
  const ask = (request: ThreadRequest): void => worker.postMessage(request);
  const forget = onExit(() => killNoted(children));
  const asked = new Map<number, Asked>();
  let ids = 0;
  let failure: unknown;

  const fail = (error: unknown): void => {
    failure ??= error;
    for (const { reject } of asked.values()) reject(failure);
    asked.clear();
  };
  worker.on("message", ({ id, result, news }: ThreadAnswer) => {
    dataset.learn(news);
    const waiting = asked.get(id);
    asked.delete(id);
    // A loader that nobody reads from any more must not keep the process alive.
    if (asked.size === 0 && failure === undefined) worker.unref();
    if ("batch" in result) waiting?.resolve(result.batch);
    else if ("error" in result) waiting?.reject(result.error);
    else waiting?.reject(new VideoError(result.videoError.message, result.videoError.detail));
  });
  worker.on("error", fail);
  const ended = new Promise<void>((resolve) => {
    worker.on("exit", (code) => {
      killNoted(children);
      forget();
      fail(new Error(`clipLoader: the thread that reads clips ended with code ${code}`));
      resolve();
    });
  });
  const end = (): void => {
    fail(signal.reason);
    worker.ref();
    ask("end");
  };
  signal.addEventListener("abort", end, { once: true });
  worker.unref();

  return {
    ended,
    read(place) {
      if (failure !== undefined) return Promise.reject(failure as Error);
      worker.ref();
      const id = ids++;
      ask({ id, place });
      return new Promise((resolve, reject) => asked.set(id, { resolve, reject }));
    },
  };
}
