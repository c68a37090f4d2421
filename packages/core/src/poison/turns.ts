/** Attempts that run beside each other, and those that run with nothing else under way. One that is to run alone goes before those that come after it. */
export class Turns {
  #shared = 0;
  #isExclusive = false;
  /** Those that wait to run alone. */
  readonly #alone: (() => void)[] = [];
  readonly #together: (() => void)[] = [];

  /** Resolves when an attempt may run beside others. */
  enter(): Promise<void> {
    if (!this.#isExclusive && this.#alone.length === 0) {
      this.#shared++;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#together.push(resolve));
  }

  leave(): void {
    this.#shared--;
    this.#next();
  }

  /** Resolves when nothing else runs. */
  enterAlone(): Promise<void> {
    return new Promise((resolve) => {
      this.#alone.push(resolve);
      this.#next();
    });
  }

  leaveAlone(): void {
    this.#isExclusive = false;
    this.#next();
  }

  #next(): void {
    if (this.#isExclusive) return;
    if (this.#alone.length === 0) {
      this.#shared += this.#together.length;
      for (const resolve of this.#together.splice(0)) resolve();
    } else if (this.#shared === 0) {
      this.#isExclusive = true;
      this.#alone.shift()?.();
    }
  }
}
