import type { WasmMemory, WasmModule } from "./webAssembly.ts";

/** The threads of one session, which end with `end`. */
export interface WasmThreads {
  end(): void;
}

/** What one thread starts with: which one of the session's it is, and the end of its stack. */
export interface WasmThread {
  readonly number: number;
  readonly stack: number;
}

/** What a session runs on: Node, a browser. */
export interface WasmHost {
  /** Starts threads that work for the session at an address; throws where there can be none. */
  startThreads(
    module: WasmModule,
    memory: WasmMemory,
    session: number,
    threads: readonly WasmThread[],
  ): WasmThreads;
  /** Called once if threads cannot start, with the reason. */
  warn(message: string): void;
  /** Lets others run on this core for a moment, where this thread may wait. */
  yield(): void;
  /**
   * Lets objects that were looked at through weak references be collected before this turn ends.
   */
  releaseLooks(): void;
  /** Collects garbage now, where that can be asked for. */
  collect(): void;
}
