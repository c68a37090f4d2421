import type { Tracker } from '../streams/index.js';

/** How far an agent has come on a partition: done with everything below `to`, except for some events whose retries wait. */
export interface Reach {
  readonly to: number;
  /** Offsets, in order. */
  readonly except: readonly number[];
}

/** Bits that the notes of all agents of a partition may take: with their names, what a broker takes as the metadata of an offset (4,096 characters). */
const bitsMax = 20_000;

/**
 * With exactly-once an agent goes no further beyond an unfinished event, in offsets: a commit notes what it has left out on the way.
 * @param agents how many read the topic
 */
export function reachMax(agents: number): number {
  return Math.min(4_000, Math.floor(bitsMax / agents));
}

/** What was done before a lane began, by an earlier owner or in an earlier transaction. */
export class DoneBefore {
  #reach: Reach = { to: 0, except: [] };
  #except: ReadonlySet<number> = new Set();
  readonly #max: number;

  /** @param max beyond an unfinished event nothing is noted further than this, in offsets: what is done there is done again, or dropped again */
  constructor(max: number) {
    this.#max = max;
  }

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
    const except = [...tracker.unfinished, ...this.#reach.except.filter((offset) => offset > latest)].filter((offset) => offset < to);
    const noted = Math.min(to, (except[0] ?? to) + this.#max);
    return noted === to ? { to, except } : { to: noted, except: except.filter((offset) => offset < noted) };
  }
}
