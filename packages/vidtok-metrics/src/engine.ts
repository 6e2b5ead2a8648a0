import { currentBackend, useBackend, type Backend } from "@vidtok/tensor";

/** The tensor backend in use; where none is yet, the fastest one that is installed and runs here. */
export async function engine(): Promise<Backend> {
  try {
    return currentBackend();
  } catch {
    await registerNative();
    return useBackend("auto");
  }
}

/** Makes the native backend known where it is installed: it is an optional peer of this package. */
async function registerNative(): Promise<void> {
  try {
    await import("@vidtok/backend-native");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Yarn's Plug'n'Play says it without ERR_.
    if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") throw error;
  }
}
