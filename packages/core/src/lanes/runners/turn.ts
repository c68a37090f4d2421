import { performance } from 'node:perf_hooks';

/** How long synchronous handlers may keep the thread before timers, polls and rebalances get their turn. */
const TURN_MS = 15;
/** How many events pass at most between two looks at the time; fewer at first, since handlers may be slow. */
const LOOK_EVERY = 32;

/** A stretch of synchronous work on the thread. */
export class Turn {
  readonly #ends = performance.now() + TURN_MS;
  #count = 0;
  #nextLook = 2;

  /** Counts one event; true when the thread should be given back. */
  isOver(): boolean {
    if (++this.#count < this.#nextLook) return false;
    this.#nextLook += Math.min(this.#count, LOOK_EVERY);
    return performance.now() > this.#ends;
  }
}
