import { Heap } from './heap.js';

/** Several keys of one time. */
interface Keys {
  readonly size: number;
  add(key: string): void;
  delete(key: string): void;
  /** Takes out one; undefined where there is none. */
  take(): string | undefined;
}

/** Keys by the time at which they are due. To take those that are costs what it takes, whatever else there is. */
export class DueIndex {
  /** Those of each time: most times have one alone, or very many. */
  readonly #keys = new Map<number, string | Keys>();
  /** The times there are. */
  readonly #times = new Heap<number>();
  readonly #several: () => Keys;

  /** @param order in which keys of one time come: `'key'` is that of their texts, `'noted'` any */
  constructor(order: 'key' | 'noted' = 'noted') {
    this.#several = () => (order === 'key' ? new OrderedKeys() : new NotedKeys());
  }

  note(key: string, due: number): void {
    const known = this.#keys.get(due);
    if (known === undefined) {
      this.#keys.set(due, key);
      this.#times.push(due);
    } else if (typeof known !== 'string') known.add(key);
    else if (known !== key) {
      const both = this.#several();
      both.add(known);
      both.add(key);
      this.#keys.set(due, both);
    }
  }

  forget(key: string, due: number): void {
    // A time without keys is passed over when its turn comes.
    const known = this.#keys.get(due);
    if (known === key) this.#keys.set(due, this.#several());
    else if (typeof known === 'object') known.delete(key);
  }

  /** When the earliest is due; +∞ where there is none. */
  get next(): number {
    for (let time = this.#times.first; time !== undefined; time = this.#times.first) {
      const known = this.#keys.get(time);
      if (typeof known === 'string' || (known?.size ?? 0) > 0) return time;
      this.#pop(time);
    }
    return Number.POSITIVE_INFINITY;
  }

  /** Takes out a key that is due at a time or before: the earliest first. Undefined where there is none. */
  take(now: number): string | undefined {
    const due = this.next;
    if (due > now) return undefined;
    const keys = this.#keys.get(due);
    if (typeof keys !== 'string') return keys?.take();
    this.#pop(due);
    return keys;
  }

  #pop(time: number): void {
    this.#keys.delete(time);
    this.#times.pop();
  }
}

class NotedKeys implements Keys {
  readonly #keys = new Set<string>();
  #hand = this.#keys.values();

  get size(): number {
    return this.#keys.size;
  }

  add(key: string): void {
    this.#keys.add(key);
  }

  delete(key: string): void {
    this.#keys.delete(key);
  }

  /** From the beginning each time it would have to pass over all that were taken before. */
  take(): string | undefined {
    let { value } = this.#hand.next();
    if (value === undefined) {
      this.#hand = this.#keys.values();
      value = this.#hand.next().value;
    }
    if (value !== undefined) this.#keys.delete(value);
    return value;
  }
}

class OrderedKeys implements Keys {
  readonly #keys = new Set<string>();
  /** Those, and some that were deleted. */
  readonly #order = new Heap<string>();

  get size(): number {
    return this.#keys.size;
  }

  add(key: string): void {
    if (this.#keys.has(key)) return;
    this.#keys.add(key);
    this.#order.push(key);
  }

  delete(key: string): void {
    this.#keys.delete(key);
  }

  take(): string | undefined {
    for (let key = this.#order.first; key !== undefined; key = this.#order.first) {
      this.#order.pop();
      if (this.#keys.delete(key)) return key;
    }
    return undefined;
  }
}
