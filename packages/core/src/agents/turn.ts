import { performance } from 'node:perf_hooks';

/** How long synchronous handlers may keep the thread before timers, polls and rebalances get their turn. */
const TURN_MS = 15;
/** How many events pass between two looks at the time. */
const LOOK_EVERY = 32;

/** A stretch of synchronous work on the thread. */
export class Turn {
  readonly #ends = performance.now() + TURN_MS;
  #count = 0;

  /** Counts one event; true when the thread should be given back. */
  isOver(): boolean {
    return ++this.#count % LOOK_EVERY === 0 && performance.now() > this.#ends;
  }
}
