const REMEMBERED = 50;

/** How fast the last steps were, and how long they waited. */
export class Meter {
  readonly #steps: { readonly seconds: number; readonly waited: number }[] = [];

  /** Counts a step that took `seconds`, of which it `waited` for data. */
  add(seconds: number, waited: number): void {
    this.#steps.push({ seconds, waited });
    if (this.#steps.length > REMEMBERED) this.#steps.shift();
  }

  get stepsPerSecond(): number {
    return this.#steps.length / this.#total("seconds");
  }

  /** The share of time spent waiting for data, 0 to 1. */
  get dataWait(): number {
    return this.#total("waited") / this.#total("seconds");
  }

  #total(part: "seconds" | "waited"): number {
    return this.#steps.reduce((sum, step) => sum + step[part], 0);
  }
}
