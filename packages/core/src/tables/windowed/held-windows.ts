import type { ShardWindows } from './shard-windows.js';
import type { WindowKeys } from './window-keys.js';

/** So many wait at once; others are not looked at meanwhile. */
const heldMax = 2_000;

/** Whoever gives out what windows have become, and must have done so before they close. */
export interface LastValues {
  /** Whether the last value of a window that is about to close was given. If not, it is given at once. */
  mayClose(cellKey: string): boolean;
  /** Told when that has been done. */
  whenGiven(listener: (cellKey: string) => void): void;
}

export interface HeldWindowsParts {
  readonly keys: WindowKeys;
  readonly windows: ShardWindows;
  readonly lastValues: LastValues | undefined;
  /** Told when windows can be taken that could not be. */
  readonly released: () => void;
}

/** Windows that are over and may not close yet: those whose last values are about to be given, and later ones of their keys. */
export class HeldWindows {
  readonly #parts: HeldWindowsParts;
  /** By what their cell keys begin with. */
  readonly #held = new Map<string, Set<string>>();
  #size = 0;

  constructor(parts: HeldWindowsParts) {
    this.#parts = parts;
    parts.lastValues?.whenGiven((cellKey) => this.#given(cellKey));
  }

  /** Takes out a window that may close; undefined where there is none. @param take takes out one that is over */
  take(take: () => string | undefined): string | undefined {
    while (this.#size < heldMax) {
      const cellKey = take();
      if (cellKey === undefined || !this.#holds(cellKey)) return cellKey;
    }
    return undefined;
  }

  #holds(cellKey: string): boolean {
    const { keys, lastValues } = this.#parts;
    if (lastValues === undefined) return false;
    const mayClose = lastValues.mayClose(cellKey);
    const prefix = keys.prefixIn(cellKey);
    const held = this.#held.get(prefix);
    if (mayClose && held === undefined) return false;
    if (held === undefined) this.#held.set(prefix, new Set([cellKey]));
    else held.add(cellKey);
    this.#size++;
    return true;
  }

  #given(cellKey: string): void {
    const { keys, windows, lastValues, released } = this.#parts;
    const prefix = keys.prefixIn(cellKey);
    const held = this.#held.get(prefix);
    if (held === undefined || [...held].some((each) => lastValues?.mayClose(each) === false)) return;
    this.#held.delete(prefix);
    this.#size -= held.size;
    for (const each of held) windows.putBack(each);
    released();
  }

  /** All were put back. */
  clear(): void {
    this.#held.clear();
    this.#size = 0;
  }
}
