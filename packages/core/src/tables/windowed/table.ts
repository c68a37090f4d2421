import type { KeyedWindow } from '../../streams/index.js';

/** The windows of a table that hold one time. */
export interface WindowView<K = unknown, G = unknown> {
  /** The value of a key; the default where there is none. Of hopping windows that of the newest which holds the time. */
  get(key: K): G;
  has(key: K): boolean;
}

/**
 * A table with a value for each key and window, injected with `@Inject(definition)`. Within an event it goes by the time of the event, outside of events by that of
 * now. Times are milliseconds since 1970. Writes belong to the attempt of the event, as those of a `Table` do; what comes after its window is closed is not
 * written, and counted.
 * @typeParam G what `get` gives: with a default V, without one V | undefined
 */
export interface WindowedTable<K = unknown, G = unknown> {
  readonly name: string;
  /**
   * Sets what `change` makes of the value, or of the default, in each window that holds the time. Of sessions in the one that the event joins or begins.
   * @param at the time that is meant. Needed where several events are handled at once. @default the event's
   */
  update(key: K, change: (old: G) => G, at?: number | Date): void;
  /** Sets the value in each window that holds the time. `undefined`, which only a table without a default allows, deletes. */
  set(key: K, value: G, at?: number | Date): void;
  /** @returns whether there was a value in any window that holds the time */
  delete(key: K, at?: number | Date): boolean;
  /** The value in the newest window that holds the time; the default where there is none. */
  get(key: K): G;
  has(key: K): boolean;
  /** The same for any time. */
  at(time: number | Date): WindowView<K, G>;
  /** All windows of a key that can be read, in the order of their starts. */
  windows(key: K): [window: KeyedWindow<K>, value: Exclude<G, undefined>][];
  /** Those of them that have a part in `[from, to)`. */
  range(key: K, from: number | Date, to: number | Date): [window: KeyedWindow<K>, value: Exclude<G, undefined>][];
}
