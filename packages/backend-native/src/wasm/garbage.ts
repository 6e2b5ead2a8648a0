import type { WasmHost } from "./host.ts";

// As V8 does with memory that it knows of.
const leastGrowth = 2 ** 26;

/**
 * Makes JavaScript collect as a session's memory grows: a few small objects that own gigabytes are
 * no reason to collect otherwise.
 */
export class WasmGarbage {
  readonly #host: WasmHost;
  // Bytes in use after the last collection, or at most since.
  #known = 0;

  constructor(host: WasmHost) {
    this.#host = host;
  }

  /** Whether so many bytes in use are reason to collect, which was done then. */
  collects(used: number): boolean {
    if (used - this.#known < Math.max(leastGrowth, this.#known / 2)) return false;
    this.collect();
    return true;
  }

  collect(): void {
    this.#host.releaseLooks();
    this.#host.collect();
  }

  /** Call with what is in use after a collection. */
  collected(used: number): void {
    this.#known = used;
  }
}
