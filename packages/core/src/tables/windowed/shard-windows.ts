import { overlap, type Window, windowsIn } from '../../windows/index.js';
import { DueIndex } from './due-index.js';
import type { WindowKeys } from './window-keys.js';
import type { WindowSpec } from './window-spec.js';

/**
 * Which windows a shard may have, in memory: whether it has them, the shard knows. By their ends, so that closing costs what closes; sessions by their keys, too,
 * since their starts cannot be told.
 */
export class ShardWindows {
  readonly #keys: WindowKeys;
  readonly #spec: WindowSpec;
  readonly #open = new DueIndex();
  readonly #kept = new DueIndex();
  /** Those that were taken out, and are not gone for good. */
  readonly #taken = new Set<string>();
  /** None of them has ended before. */
  #takenFrom = Number.POSITIVE_INFINITY;
  readonly #sessions = new Map<string, Set<string>>();
  #latestEnd = Number.NEGATIVE_INFINITY;

  constructor(keys: WindowKeys, spec: WindowSpec) {
    this.#keys = keys;
    this.#spec = spec;
  }

  /** A cell key stands in the shard, or will. */
  note(cellKey: string, window = this.#keys.windowOf(cellKey)): void {
    if (this.#taken.has(cellKey)) return;
    (this.#keys.isKept(cellKey) ? this.#kept : this.#open).note(cellKey, window.end);
    if (window.end > this.#latestEnd) this.#latestEnd = window.end;
    if (this.#spec.grid !== undefined) return;
    const prefix = this.#keys.prefixIn(cellKey);
    const known = this.#sessions.get(prefix);
    if (known === undefined) this.#sessions.set(prefix, new Set([cellKey]));
    else known.add(cellKey);
  }

  /** A cell key does not stand in the shard any more. */
  forget(cellKey: string): void {
    this.#taken.delete(cellKey);
    if (this.#spec.grid !== undefined) return;
    const prefix = this.#keys.prefixIn(cellKey);
    const known = this.#sessions.get(prefix);
    known?.delete(cellKey);
    if (known?.size === 0) this.#sessions.delete(prefix);
  }

  /** The end of the earliest window that takes events; +∞ where there is none. */
  get nextEnd(): number {
    return this.#open.next;
  }

  /** The same of those that are closed and kept. */
  get nextKeptEnd(): number {
    return this.#kept.next;
  }

  /** Takes out a window that takes events and has ended at a time or before: the earliest first. */
  takeOpen(ended: number): string | undefined {
    return this.#take(this.#open, ended);
  }

  /** The same of one that is closed and kept. */
  takeKept(ended: number): string | undefined {
    return this.#take(this.#kept, ended);
  }

  #take(from: DueIndex, ended: number): string | undefined {
    const cellKey = from.take(ended);
    if (cellKey === undefined) return undefined;
    if (this.#taken.size === 0) this.#takenFrom = Number.POSITIVE_INFINITY;
    this.#taken.add(cellKey);
    this.#takenFrom = Math.min(this.#takenFrom, this.#keys.windowOf(cellKey).end);
    return cellKey;
  }

  /** One that was taken out is there to be taken again. */
  putBack(cellKey: string): void {
    this.#taken.delete(cellKey);
    this.note(cellKey);
  }

  /** So are all. */
  takeAnew(): void {
    for (const cellKey of [...this.#taken]) this.putBack(cellKey);
  }

  /** The windows that a key may have with a part in `[from, to)`, in the order of their starts. */
  windowsOf(prefix: string, from: number, to: number): Iterable<Window> {
    const { grid } = this.#spec;
    if (grid === undefined) return this.#sessionsOf(prefix, { start: from, end: to });
    const takenFrom = this.#taken.size === 0 ? Number.POSITIVE_INFINITY : this.#takenFrom;
    const earliestEnd = Math.min(this.#open.next, this.#kept.next, takenFrom);
    return windowsIn(Math.max(from, earliestEnd - 1), Math.min(to, this.#latestEnd), grid);
  }

  #sessionsOf(prefix: string, within: Window): Window[] {
    const found = new Map<string, Window>();
    for (const cellKey of this.#sessions.get(prefix) ?? []) {
      const window = this.#keys.windowOf(cellKey);
      if (overlap(window, within)) found.set(cellKey.slice(0, -1), window);
    }
    return [...found.values()].sort((one, other) => one.start - other.start || one.end - other.end);
  }
}
