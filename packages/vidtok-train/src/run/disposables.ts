/** What a run holds until it ends, disposed of in reverse order. */
export class Disposables {
  readonly #held: Disposable[] = [];

  /** Holds `resource`, if there is one, and returns it. */
  add<T extends Disposable | undefined>(resource: T): T {
    if (resource) this.#held.push(resource);
    return resource;
  }

  /** Disposes of everything, also where one of them fails. */
  dispose(): void {
    const last = this.#held.pop();
    if (!last) return;
    try {
      last[Symbol.dispose]();
    } finally {
      this.dispose();
    }
  }
}
