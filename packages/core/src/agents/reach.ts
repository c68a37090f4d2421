import type { Tracker } from '../streams/index.js';

/** How far an agent has come on a partition: done with everything below `to`, except for some events whose retries wait. */
export interface Reach {
  readonly to: number;
  /** Offsets, in order. */
  readonly except: readonly number[];
}

/** With exactly-once an agent goes no further beyond an unfinished event, in offsets: a commit notes what it has left out on the way. */
export const reachMax = 4_000;

/** What was done before a lane began, by an earlier owner or in an earlier transaction. */
export class DoneBefore {
  #reach: Reach = { to: 0, except: [] };
  #except: ReadonlySet<number> = new Set();

  set(reach: Reach): void {
    this.#reach = reach;
    this.#except = new Set(reach.except);
  }

  has(offset: number): boolean {
    return offset < this.#reach.to && !this.#except.has(offset);
  }

  /** What was done then and since. */
  with(tracker: Tracker): Reach {
    const to = Math.max(tracker.doneTo, this.#reach.to);
    const latest = tracker.latest ?? -1;
    const except = [...tracker.unfinished, ...this.#reach.except.filter((offset) => offset > latest)];
    return { to, except: except.filter((offset) => offset < to) };
  }
}
