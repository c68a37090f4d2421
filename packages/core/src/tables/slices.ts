/** How long a checkpoint keeps the thread before it gives it back. */
const sliceMs = 2;
/** After how many entries it looks at the clock. */
const lookEvery = 16;

/** Gives the thread back from time to time to whoever does much at once. */
export class Slices {
  #count = 0;
  #until = performance.now() + sliceMs;

  /** Whether it is time; asked after each entry, or after some. */
  isOver(entries = 1): boolean {
    this.#count += entries;
    if (this.#count < lookEvery) return false;
    this.#count = 0;
    return performance.now() >= this.#until;
  }

  async next(): Promise<void> {
    await new Promise(setImmediate);
    this.#until = performance.now() + sliceMs;
  }
}
