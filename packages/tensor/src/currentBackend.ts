import type { Backend } from "./backend.ts";

let current: Backend | undefined;

/** The backend that new tensors live on. */
export function currentBackend(): Backend {
  if (!current) {
    throw new Error('tensor: no backend is in use; call `await useBackend("auto")` first');
  }
  return current;
}

/** Makes new tensors live on `backend`. */
export function setCurrentBackend(backend: Backend): void {
  current = backend;
}
