// The script of a thread that makes batches, so that decoding and resizing go on while the training thread computes.
import { parentPort, workerData } from "node:worker_threads";
import { noteChildrenIn } from "./childTable.ts";
import type { BatchPlace } from "./batchPlan.ts";
import { readBatch } from "./clipBatch.ts";
import type { ClipBatch } from "./clipBatch.ts";
import { ClipReader } from "./clipReader.ts";
import type { ClipNews, SharedClips } from "./clipReader.ts";
import { turns } from "./turns.ts";
import { VideoError } from "./videoError.ts";

/** What a thread starts with. */
export interface ThreadTask {
  readonly clips: SharedClips;
  /** Clips to decode at a time. */
  readonly decoders: number;
  /** Where to note child processes. */
  readonly children: Int32Array;
}

/** What a thread is asked: a batch, or to end. */
export type ThreadRequest = { readonly id: number; readonly place: BatchPlace } | "end";

/** What a thread answers. */
export interface ThreadAnswer {
  readonly id: number;
  readonly result:
    | { readonly batch: ClipBatch }
    | { readonly error: unknown }
    // Cloning between threads would make it an Error without its class.
    | { readonly videoError: { readonly message: string; readonly detail: string } };
  readonly news: ClipNews;
}

const { clips, decoders, children } = workerData as ThreadTask;
noteChildrenIn(children);
const source = new ClipReader(clips);
const inTurn = turns(decoders);
const stop = new AbortController();

parentPort?.on("message", (request: ThreadRequest) => {
  if (request === "end") {
    stop.abort();
    // The thread ends by itself once its decoders have.
    parentPort?.close();
  } else {
    void answer(request.id, request.place);
  }
});

async function answer(id: number, place: BatchPlace): Promise<void> {
  const send = (result: ThreadAnswer["result"], buffers: readonly ArrayBuffer[] = []): void =>
    parentPort?.postMessage(
      { id, result, news: source.takeNews() } satisfies ThreadAnswer,
      buffers,
    );
  try {
    const batch = await readBatch(source, place, inTurn, stop.signal);
    send({ batch }, [batch.jpg.buffer as ArrayBuffer]);
  } catch (error) {
    if (!(error instanceof VideoError)) send({ error });
    else send({ videoError: { message: error.message, detail: error.detail } });
  }
}
