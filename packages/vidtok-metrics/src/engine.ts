import { currentBackend, useBackend, type Backend } from "@vidtok/tensor";

/** The tensor backend in use; where none is yet, the fastest one that runs here. */
export async function engine(): Promise<Backend> {
  try {
    return currentBackend();
  } catch {
    return useBackend("auto");
  }
}
