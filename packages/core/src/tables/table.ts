/**
 * Entries of a table over what the attempt sees when it begins to iterate: what is written meanwhile does not change them. `for await` gives the thread
 * back every few milliseconds, so that a scan of a large table keeps nobody waiting; a plain `for` is only for the store `memory://`.
 * Each holds a key and a value that is there, never a default.
 */
export type TableEntries<K, G> = AsyncIterable<[key: K, value: Exclude<G, undefined>]> & Iterable<[key: K, value: Exclude<G, undefined>]>;

/**
 * A table that is only read. Within an event it is the part of the event's partition, with what the attempt itself has written; outside of events a key is
 * looked up in the partition in which it lives.
 * @typeParam G what `get` gives: with a default V, without one V | undefined
 */
export interface ReadonlyTable<K = unknown, G = unknown> {
  readonly name: string;
  /** The value of a key; of one that is not there the default, which reading does not store. Not to be changed: it is frozen where it can be. */
  get(key: K): G;
  /** Whether a key is there, other than by the default. */
  has(key: K): boolean;
  /** Every entry, in no order. */
  entries(): TableEntries<K, G>;
  /** In the order of the encoded keys' bytes, from `from` inclusive to `to` exclusive. */
  range(from: K, to: K): TableEntries<K, G>;
  /** Keys whose encoding begins with that of `prefix`, in the order of their bytes. */
  prefix(prefix: K): TableEntries<K, G>;
  /** How many keys it has, as of the last checkpoint. */
  readonly size: number;
}

/** How a table is read outside of events. */
export interface Stale {
  /**
   * Whether a copy will do (`standby: 'all'`) where another worker has the key: as that has committed it, some moments ago. Within an event a table is read as the event
   * sees it. @default false
   */
  readonly stale?: boolean;
}

/**
 * A map from keys to values, injected with `@Inject(definition)`. Writes belong to the attempt of the event: it sees them at once, others when it succeeds,
 * nobody when it fails. They are refused outside of events, and for a key that lives in another partition.
 */
export interface Table<K = unknown, G = unknown> extends ReadonlyTable<K, G> {
  get(key: K, options?: Stale): G;
  has(key: K, options?: Stale): boolean;
  /** Sets the value of a key. `undefined`, which only a table without a default allows, deletes. */
  set(key: K, value: G): void;
  /** @returns whether it was there */
  delete(key: K): boolean;
  /**
   * Sets what `change` makes of the value of a key, or of the default.
   * @returns what was set; undefined deletes
   */
  update(key: K, change: (old: G) => G): G;
}

/**
 * A set for each key, injected with `@Inject(definition)`. Elements are equal when their encodings are. Writes belong to the attempt of the event, as those of
 * a `Table` do.
 */
export interface SetTable<K = unknown, E = unknown> {
  readonly name: string;
  /** Adds elements to the set of a key; those that it has already change nothing. */
  add(key: K, ...elements: E[]): void;
  /** Takes elements out; those that it has not change nothing. */
  remove(key: K, ...elements: E[]): void;
  has(key: K, element: E): boolean;
  /** A copy of the set of a key, in no order; empty where there is none. */
  get(key: K): ReadonlySet<E>;
  /** Takes out all elements of a key. @returns whether there were any */
  delete(key: K): boolean;
  /** The keys whose sets are not empty, in no order: within an event those of its partition. */
  keys(): Iterable<K>;
}
