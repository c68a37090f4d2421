import type { Tracker } from './tracker.js';

/** What an agent has completed on a partition: everything below `to`, except for some offsets. */
export interface CompletedOffsets {
  readonly to: number;
  /** In order. */
  readonly except: readonly number[];
}

export const nothingCompleted: CompletedOffsets = { to: 0, except: [] };

/** Bits that the notes of all agents of a partition may take: with their names, those of its set, what tells changelogs apart and its ticks, what a broker takes as the metadata of an offset (4,096 characters). */
const bitsMax = 13_000;

/**
 * With exactly-once an agent goes no further beyond an unfinished event, in offsets: a commit notes what it has left out on the way.
 * @param agents how many read the topic
 */
export function completedMax(agents: number): number {
  return Math.min(4_000, Math.floor(bitsMax / agents));
}

/** The same without some offsets, which are to run again. */
export function without(completed: CompletedOffsets, offsets: readonly number[]): CompletedOffsets {
  const again = offsets.filter((offset) => offset < completed.to);
  if (again.length === 0) return completed;
  return { to: completed.to, except: [...new Set([...completed.except, ...again])].sort((a, b) => a - b) };
}

/** What was completed before a lane began, by an earlier owner or in an earlier transaction, and what it completes itself. */
export class Completed {
  #before = nothingCompleted;
  #except: ReadonlySet<number> = new Set();
  readonly #max: number;

  /** @param max nothing is noted further beyond an unfinished event than this, in offsets: it is done again, or dropped again */
  constructor(max: number) {
    this.#max = max;
  }

  set(before: CompletedOffsets): void {
    this.#before = before;
    this.#except = new Set(before.except);
  }

  has(offset: number): boolean {
    return offset < this.#before.to && !this.#except.has(offset);
  }

  /** What was completed before and since. */
  with(tracker: Tracker): CompletedOffsets {
    const to = Math.max(tracker.doneTo, this.#before.to);
    const latest = tracker.latest ?? -1;
    const except = [...tracker.unfinished, ...this.#before.except.filter((offset) => offset > latest)].filter((offset) => offset < to);
    const noted = Math.min(to, (except[0] ?? to) + this.#max);
    return noted === to ? { to, except } : { to: noted, except: except.filter((offset) => offset < noted) };
  }
}
