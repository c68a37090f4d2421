import type { Cancel } from '../../time/index.js';

/** Counts whatever happens in the broker and wakes those who wait for something to happen. */
export class Activity {
  #count = 0;
  #isWaking = false;
  #waiting = new Set<() => void>();

  /** Changes whenever anything has happened. */
  get count(): number {
    return this.#count;
  }

  /** Something has happened. Waiting calls come on a microtask, once for all that happens until then. */
  note(): void {
    this.#count++;
    if (this.#isWaking || this.#waiting.size === 0) return;
    this.#isWaking = true;
    queueMicrotask(() => this.#wake());
  }

  /** Calls once, after the next thing has happened. */
  next(happened: () => void): Cancel {
    const entry = () => happened();
    this.#waiting.add(entry);
    return () => void this.#waiting.delete(entry);
  }

  #wake(): void {
    this.#isWaking = false;
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const happened of waiting) happened();
  }
}
