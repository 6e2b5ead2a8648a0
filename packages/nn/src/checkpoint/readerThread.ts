import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";
import type { ReadAnswer, ReadBytes, ReadRequest } from "./readerWorker.ts";

const script = new URL("./readerWorker.js", import.meta.url);

/** A thread that reads and computes checksums while the one that asks loads other tensors. */
export class ReaderThread {
  readonly #waiting = new Map<number, (read: ReadBytes | undefined) => void>();
  #worker: Worker | undefined;
  #state: "unused" | "starting" | "ready" | "ended" = "unused";
  #ids = 0;

  /** Starts the thread, which takes a while: `read` uses it once it is there. */
  start(): void {
    if (this.#state !== "unused") return;
    this.#state = "starting";
    if (!existsSync(script)) return;
    // Flags of the process, such as --input-type, may not suit a thread.
    const worker = new Worker(script, { execArgv: [] });
    worker.unref();
    worker.once("online", () => {
      if (this.#state === "starting") this.#state = "ready";
    });
    worker.on("message", ({ id, read }: ReadAnswer) => this.#resolve(id, read));
    worker.on("error", () => this.#lose()).once("exit", () => this.#lose());
    this.#worker = worker;
  }

  /**
   * Bytes of the file of descriptor `fd` and their CRC-32. `undefined` until the thread runs,
   * where Node starts none (from TypeScript), and where the bytes cannot be read.
   */
  async read(fd: number, position: number, length: number): Promise<ReadBytes | undefined> {
    const worker = this.#worker;
    if (!worker || this.#state !== "ready") return undefined;
    const request: ReadRequest = { id: this.#ids++, fd, position, length };
    return new Promise((resolve) => {
      this.#waiting.set(request.id, resolve);
      worker.ref();
      worker.postMessage(request);
    });
  }

  /** Ends the thread. */
  async end(): Promise<void> {
    this.#state = "ended";
    await this.#worker?.terminate();
  }

  #lose(): void {
    this.#state = "ended";
    for (const id of [...this.#waiting.keys()]) this.#resolve(id, undefined);
  }

  // A thread that nobody waits for does not keep the process alive.
  #resolve(id: number, read: ReadBytes | undefined): void {
    const resolve = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#worker?.unref();
    resolve?.(read);
  }
}
