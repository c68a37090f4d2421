import type { Cancel, Clock } from '../../time/index.js';

/** How long the clock is not looked at, at most: it may be set. */
const lookMs = 1_000;

/** Rings when the next of many is due: one timer of the process waits for all of them. */
export class Alarm {
  readonly #clock: Clock;
  readonly #next: () => number;
  readonly #ring: () => void;
  #cancel: Cancel | undefined;
  #isOver = false;

  /**
   * @param next when that is; +∞ where there is none
   * @param ring called then, or sooner: whoever is called looks again
   */
  constructor(clock: Clock, next: () => number, ring: () => void) {
    this.#clock = clock;
    this.#next = next;
    this.#ring = ring;
  }

  /** Waits for the next one. What is due already waits for its handler. */
  set(): void {
    const ms = this.#next() - this.#clock.now();
    if (this.#cancel !== undefined || this.#isOver || ms === Number.POSITIVE_INFINITY || ms <= 0) return;
    this.#cancel = this.#clock.after(Math.min(lookMs, ms), () => {
      this.#cancel = undefined;
      this.#ring();
    });
  }

  /** Nothing is due any more. */
  close(): void {
    this.#isOver = true;
    this.#cancel?.();
  }
}
