import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";
import type { ChecksumAnswer, ChecksumRequest } from "./checksumWorker.ts";

const script = new URL("./checksumWorker.js", import.meta.url);

/** A thread that computes checksums while the one that asks reads and loads other tensors. */
export class ChecksumThread {
  readonly #waiting = new Map<number, (answer: ChecksumAnswer | undefined) => void>();
  #worker: Worker | undefined;
  #state: "unused" | "starting" | "ready" | "ended" = "unused";
  #ids = 0;

  /**
   * The CRC-32 of a buffer, which moves to the thread and comes back as another object. `undefined`
   * while the thread starts, and where Node starts none: from TypeScript. Then the buffer stays,
   * but for a thread that dies with it.
   */
  async checksum(buffer: ArrayBuffer): Promise<ChecksumAnswer | undefined> {
    if (this.#state === "unused") this.#start();
    const worker = this.#worker;
    if (!worker || this.#state !== "ready") return undefined;
    const request: ChecksumRequest = { id: this.#ids++, buffer };
    return new Promise((resolve) => {
      this.#waiting.set(request.id, resolve);
      worker.ref();
      worker.postMessage(request, [buffer]);
    });
  }

  /** Ends the thread. */
  async end(): Promise<void> {
    this.#state = "ended";
    await this.#worker?.terminate();
  }

  #start(): void {
    this.#state = "starting";
    if (!existsSync(script)) return;
    // Flags of the process, such as --input-type, may not suit a thread.
    const worker = new Worker(script, { execArgv: [] });
    worker.unref();
    worker.once("online", () => {
      if (this.#state === "starting") this.#state = "ready";
    });
    worker.on("message", (answer: ChecksumAnswer) => this.#resolve(answer.id, answer));
    worker.on("error", () => this.#lose()).once("exit", () => this.#lose());
    this.#worker = worker;
  }

  #lose(): void {
    this.#state = "ended";
    for (const id of [...this.#waiting.keys()]) this.#resolve(id, undefined);
  }

  // A thread that nobody waits for does not keep the process alive.
  #resolve(id: number, answer: ChecksumAnswer | undefined): void {
    const resolve = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#worker?.unref();
    resolve?.(answer);
  }
}
