// The script of the thread that computes, so that the main thread can draw, decode and hear Ctrl-C meanwhile.
import { parentPort, workerData } from "node:worker_threads";
import type { Clip } from "@vidtok/data";
import { openTokenizer } from "./openTokenizer.ts";
import type { TokenizerFacts, TokenizerOptions } from "./openTokenizer.ts";

/** What the thread is asked: to reconstruct a clip, which it answers, or to draw noise from a new seed. */
export type WorkerRequest = { readonly clip: Clip } | { readonly seed: number };

/** What the thread answers: once the facts, then a clip for each clip; or an error. */
export type WorkerAnswer =
  { readonly facts: TokenizerFacts } | { readonly clip: Clip } | { readonly error: unknown };

const port = parentPort;
const answer = (message: WorkerAnswer): void => port?.postMessage(message);

try {
  const { forward, reseed, close, ...facts } = await openTokenizer(workerData as TokenizerOptions);
  port?.on("message", (request: WorkerRequest) => {
    if ("seed" in request) return reseed(request.seed);
    forward(request.clip).then(
      (output) => answer({ clip: output }),
      (error: unknown) => answer({ error }),
    );
  });
  port?.on("close", close);
  answer({ facts });
} catch (error) {
  answer({ error });
}
