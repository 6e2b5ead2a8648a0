import type { Session } from "./addon.ts";

// How long a session without storages keeps its pool for the next ones.
const idleMilliseconds = 1000;

// Major collections are noticed by an object that nobody holds. The registry holds the session
// until then.
const collections = new FinalizationRegistry<() => void>((sweep) => sweep());

/**
 * Gives back what a session no longer needs: collected storages where no op comes to sweep them,
 * and the pool once no storage is left.
 */
export class Upkeep {
  readonly #session: Session;
  #produced = 0;
  #isWatching = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Call for each new storage. */
  produced(): void {
    this.#produced += 1;
    if (!this.#isWatching) this.#watch();
  }

  /** Call after storages were freed, with the bytes that are left. */
  freed(bytes: number): void {
    if (bytes === 0) this.#timer ??= this.#later();
  }

  #watch(): void {
    this.#isWatching = true;
    collections.register({}, () => {
      this.#isWatching = false;
      const left = this.#session.sweep();
      this.freed(left);
      if (left > 0) this.#watch();
    });
  }

  #later(): NodeJS.Timeout {
    const before = this.#produced;
    return setTimeout(() => {
      this.#timer = undefined;
      if (this.#session.memory().live > 0) return;
      if (this.#produced === before) this.#session.trim();
      else this.#timer = this.#later();
    }, idleMilliseconds).unref();
  }
}
