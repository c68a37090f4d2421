/** How many keys are counted at a time. */
const standardMax = 128;

/**
 * Finds which keys come most, in bounded memory (Misra–Gries). Whatever comes more often than once in `max` is among them; a count may be too low by up to the
 * total divided by `max`, and never too high.
 */
export class FrequentKeys {
  readonly #max: number;
  readonly #counts = new Map<string, number>();

  constructor(max = standardMax) {
    this.#max = max;
  }

  add(key: string): void {
    const count = this.#counts.get(key);
    if (count !== undefined) this.#counts.set(key, count + 1);
    else if (this.#counts.size < this.#max) this.#counts.set(key, 1);
    else this.#takeOneOfEach();
  }

  /** As often as that was done, as often each of them has come: adding costs the same on average, however many keys there are. */
  #takeOneOfEach(): void {
    for (const [key, count] of this.#counts) {
      if (count === 1) this.#counts.delete(key);
      else this.#counts.set(key, count - 1);
    }
  }

  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }
}
