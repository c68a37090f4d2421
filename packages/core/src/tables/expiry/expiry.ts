import type { Cell } from '../cell.js';
import type { ExpiryIndex } from './expiry-index.js';
import type { GroupTime } from './group-time.js';

/** When the entries of a shard expire: `ttl` after the event that has written them last, by the time of their partition group. */
export class Expiry {
  readonly #ttlMs: number;
  readonly #agesBy: 'event' | 'partition';
  readonly #index: ExpiryIndex;

  constructor(
    { ttlMs, agesBy }: { readonly ttlMs: number; readonly agesBy: 'event' | 'partition' },
    readonly time: GroupTime,
    index: ExpiryIndex,
  ) {
    this.#ttlMs = ttlMs;
    this.#agesBy = agesBy;
    this.#index = index;
  }

  /** What was written before this is gone. */
  get before(): number {
    return this.time.now - this.#ttlMs;
  }

  /** The same for whoever handles an event, with which the time comes so far. @param timestamp the event's */
  beforeAt(timestamp: number): number {
    return Math.max(this.time.now, this.time.of(timestamp)) - this.#ttlMs;
  }

  /** A cell has changed. @param timestamp of the event; missing where no event changes it */
  changes(cell: Cell, timestamp?: number): void {
    const time = this.time.of(timestamp);
    cell.time = this.#agesBy === 'event' ? time : Math.max(time, this.time.now);
    if (cell.value !== undefined) this.#index.note(cell.key, cell.time);
  }

  /** A key stands in the changelog. */
  restores(key: string, time: number): void {
    this.#index.note(key, time);
  }

  /** A cell has what it had before. */
  hasAgain(cell: Cell): void {
    if (cell.value !== undefined) this.#index.note(cell.key, cell.time);
  }

  /**
   * Takes out what has expired.
   * @param find gives the cell of a key that is there
   * @param remove takes its value away
   */
  sweep(find: (key: string) => Cell | undefined, remove: (cell: Cell) => void, isToStop: () => boolean): Promise<void> {
    const offer = (key: string) => {
      const cell = find(key);
      if (cell?.value === undefined || cell.time >= this.before) return true;
      // Whoever reads it must not be overtaken by nothing.
      if (cell.pins > 0) return false;
      remove(cell);
      return true;
    };
    return this.#index.sweep(this.before, offer, isToStop);
  }
}
