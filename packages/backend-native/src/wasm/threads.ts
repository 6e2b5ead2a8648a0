import type { WasmHeap } from "./heap.ts";
import type { WasmHost, WasmThread, WasmThreads } from "./host.ts";
import type { WasmModule } from "./webAssembly.ts";

const stackBytes = 2 ** 20;

// Threads end with their session. What is registered must not hold it.
const sessions = new FinalizationRegistry<WasmThreads>((threads) => threads.end());

/**
 * Starts the threads of a session beside the one that calls it. Where there can be none the session
 * computes the same on that one, and a warning says so.
 */
export function startThreads(
  session: object,
  address: number,
  count: number,
  { module, heap, host }: { module: WasmModule; heap: WasmHeap; host: WasmHost },
): void {
  const threads: WasmThread[] = [];
  for (let number = 1; number < count; number++) {
    // The stack grows downwards, from an end that is aligned as the compiler's code wants it.
    const end = heap.take(stackBytes) + stackBytes;
    threads.push({ number, stack: end - (end % 64) });
  }
  try {
    sessions.register(session, host.startThreads(module, heap.memory, address, threads));
  } catch (error) {
    const reason = (error as Error).message;
    host.warn(`backend native: wasm runs on one thread, because no worker starts: ${reason}`);
  }
}
