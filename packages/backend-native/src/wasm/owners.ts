import type { WasmHost } from "./host.ts";

/**
 * The objects that own storages, held weakly: a storage whose owner was collected can be released.
 * Dead owners are found also in a loop that never returns to the event loop, where finalizers do
 * not run, if the host can end the protection of objects that were looked at.
 */
export class WasmOwners {
  readonly #host: WasmHost;
  readonly #owners = new Map<number, WeakRef<object>>();
  // Refers to an object that nothing else holds: the next collection ends it.
  #canary: WeakRef<object> | undefined;

  constructor(host: WasmHost) {
    this.#host = host;
  }

  add(handle: number, owner: object): void {
    this.#canary ??= new WeakRef({});
    this.#owners.set(handle, new WeakRef(owner));
  }

  remove(handle: number): void {
    this.#owners.delete(handle);
  }

  /**
   * The handles whose owners were collected, and forgets them. Cheap where nothing was collected.
   */
  takeCollected(): readonly number[] {
    const wasCollected = this.#canary !== undefined && this.#canary.deref() === undefined;
    const handles: number[] = [];
    if (wasCollected) {
      for (const [handle, owner] of this.#owners) if (!owner.deref()) handles.push(handle);
      for (const handle of handles) this.#owners.delete(handle);
      this.#canary = this.#owners.size > 0 ? new WeakRef({}) : undefined;
    }
    this.#host.releaseLooks();
    return handles;
  }
}
