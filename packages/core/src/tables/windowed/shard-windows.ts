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
  /** Those that are being closed, in the order in which they were taken. */
  readonly #closing = new Map<string, number>();
  readonly #sessions = new Map<string, Set<string>>();
  #latestEnd = Number.NEGATIVE_INFINITY;

  constructor(keys: WindowKeys, spec: WindowSpec) {
    this.#keys = keys;
    this.#spec = spec;
  }

  /** A cell key stands in the shard, or will. */
  note(cellKey: string, window = this.#keys.windowOf(cellKey)): void {
    if (this.#closing.has(cellKey)) return;
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
    this.#closing.delete(cellKey);
    if (this.#spec.grid !== undefined) return;
    const prefix = this.#keys.prefixIn(cellKey);
    const known = this.#sessions.get(prefix);
    known?.delete(cellKey);
    if (known?.size === 0) this.#sessions.delete(prefix);
  }

  /** The end of the earliest window that takes events and is not being closed; +∞ where there is none. */
  get nextEnd(): number {
    return this.#open.next;
  }

  /** Takes out a window to be closed that has ended at a time or before: the earliest first. */
  takeOpen(ended: number): string | undefined {
    const cellKey = this.#open.take(ended);
    if (cellKey !== undefined) this.#closing.set(cellKey, this.#keys.windowOf(cellKey).end);
    return cellKey;
  }

  /** Takes out a window that is closed and has ended at a time or before. */
  takeKept(ended: number): string | undefined {
    return this.#kept.take(ended);
  }

  /** A window that was taken out is being removed. */
  removing(cellKey: string): void {
    this.#closing.set(cellKey, this.#keys.windowOf(cellKey).end);
  }

  /** Takes one back that cannot be removed for now. */
  notRemoved(cellKey: string): void {
    this.#closing.delete(cellKey);
    this.note(cellKey);
  }

  /** None is being closed any more: those that are there are taken anew. */
  closeAnew(): void {
    const taken = [...this.#closing.keys()];
    this.#closing.clear();
    for (const cellKey of taken) this.note(cellKey);
  }

  /** The windows that a key may have with a part in `[from, to)`, in the order of their starts. */
  windowsOf(prefix: string, from: number, to: number): Iterable<Window> {
    const { grid } = this.#spec;
    if (grid === undefined) return this.#sessionsOf(prefix, { start: from, end: to });
    const [closing = Number.POSITIVE_INFINITY] = this.#closing.values();
    const earliestEnd = Math.min(this.#open.next, this.#kept.next, closing);
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
