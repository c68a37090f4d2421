import type { CellCache } from './cell-cache.js';

/** What an entry takes beside its key and value: its place in a map, and the headers of two texts. */
const entryBytes = 90;

/** A value as it stands in the changelog, and its event time, 0 where entries never expire. */
export interface OwedEntry {
  /** Undefined for a key that is not there. */
  readonly value: string | Buffer | undefined;
  readonly time: number;
}

/**
 * What came from the changelog and is not in the store yet: the newest entry of each key. It is kept as it came, for most of it nobody
 * asks before it is stored. Some at a time are being written; they are owed until that is done.
 */
export class OwedEntries {
  readonly #cache: CellCache;
  /** Null for keys that are not there. */
  readonly #values = new Map<string, string | Buffer | null>();
  /** Where entries expire. */
  readonly #times = new Map<string, number>();
  #taken = new Map<string, OwedEntry>();
  #bytes = 0;

  constructor(cache: CellCache) {
    this.#cache = cache;
  }

  /** How many are not being written. */
  get size(): number {
    return this.#values.size;
  }

  get isEmpty(): boolean {
    return this.#values.size === 0 && this.#taken.size === 0;
  }

  get(key: string): OwedEntry | undefined {
    if (this.isEmpty) return undefined;
    const value = this.#values.get(key);
    return value === undefined ? this.#taken.get(key) : this.#entry(key, value);
  }

  #entry(key: string, value: string | Buffer | null): OwedEntry {
    return { value: value ?? undefined, time: this.#times.get(key) ?? 0 };
  }

  /** The keys of all, each once. */
  *keys(): Generator<string> {
    yield* this.#values.keys();
    for (const key of this.#taken.keys()) if (!this.#values.has(key)) yield key;
  }

  add(key: string, value: string | Buffer | undefined, time: number): void {
    const former = this.#values.get(key);
    this.#change(former === undefined ? costOf(key, value) : lengthOf(value) - lengthOf(former));
    this.#values.set(key, value ?? null);
    if (time !== 0 || this.#times.size > 0) this.#times.set(key, time);
  }

  /** Up to so many that are to be written, by key. */
  take(max: number): ReadonlyMap<string, OwedEntry> {
    for (const [key, value] of this.#values) {
      if (this.#taken.size >= max) break;
      this.#taken.set(key, this.#entry(key, value));
      this.#remove(key);
    }
    return this.#taken;
  }

  /** What was taken is written. @returns what of it is not owed again */
  wrote(): ReadonlyMap<string, OwedEntry> {
    const written = this.#taken;
    let bytes = 0;
    for (const [key, { value }] of written) bytes += costOf(key, value);
    this.#taken = new Map();
    this.#change(-bytes);
    for (const key of written.keys()) if (this.#values.has(key)) written.delete(key);
    return written;
  }

  /** The store has something newer of a key. */
  forget(key: string): void {
    const value = this.#values.get(key);
    if (value === undefined) return;
    this.#remove(key);
    this.#change(-costOf(key, value));
  }

  #remove(key: string): void {
    this.#values.delete(key);
    this.#times.delete(key);
  }

  #change(bytes: number): void {
    this.#bytes += bytes;
    this.#cache.owe(bytes);
  }

  /** Nobody waits for it to be stored. */
  close(): void {
    this.#change(-this.#bytes);
  }
}

function costOf(key: string, value: string | Buffer | null | undefined): number {
  return entryBytes + key.length + lengthOf(value);
}

function lengthOf(value: string | Buffer | null | undefined): number {
  return value?.length ?? 0;
}
