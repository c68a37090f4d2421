import type { KeyedWindow } from '@weir/core';
import {
  type JoinedTableDefinition,
  type LoggedDefinition,
  logTopic,
  type ScheduleDefinition,
  type SetTableDefinition,
  type WindowedTableDefinition,
} from '@weir/core/internal/definitions';
import {
  defaultOf,
  formatOf,
  prefixIn,
  type SetKeys,
  setKeysOf,
  type TableFormat,
  timeIn,
  type WindowKeys,
  windowKeysOf,
} from '@weir/core/internal/tables';
import type { Topics } from '@weir/core/internal/topics';
import type { MemoryBroker } from '@weir/core/internal/transport';

/** A table as the last checkpoint left it, whichever worker has the key. */
export interface CommittedTable<K, G> {
  /** The value of a key; the default where it is not there. With `placement: 'event'` that of the first partition that has it. */
  get(key: K): G;
  has(key: K): boolean;
  /** In no order. */
  entries(): [key: K, value: Exclude<G, undefined>][];
  readonly size: number;
}

/** An entry of a changelog: its value, and when it was written. */
interface Stored {
  readonly value: Buffer;
  readonly time: number;
}

/** Reads a table from its changelog, or from the topic that it is the view of: what is not committed does not show. */
export class ChangelogTable implements CommittedTable<unknown, unknown> {
  readonly #format: TableFormat;
  readonly #default: () => unknown;
  /** By partition: with `placement: 'event'` a key may be in several. */
  readonly #shards: Map<string, Stored>[] = [];

  /** @param group the consumer group of the app */
  constructor(broker: MemoryBroker, definition: LoggedDefinition, group: string, topics: Topics) {
    this.#format = formatOf(definition, topics);
    this.#default = defaultOf(definition as { readonly options: object });
    const times: number[] = [];
    for (const { key, value, partition, headers, timestamp } of broker.messages(logTopic(group, definition))) {
      const time = timeIn(headers);
      if (time !== undefined) times[partition] = Math.max(times[partition] ?? 0, time);
      else if (key !== null) this.#take(partition, this.#format.cellKeyOf(key), value === null ? null : { value, time: timestamp });
    }
    for (const [partition, now] of times.entries()) if (now !== undefined) this.#forgetExpired(partition, now);
  }

  #take(partition: number, cellKey: string, stored: Stored | null): void {
    this.#shards[partition] ??= new Map();
    if (stored === null) this.#shards[partition].delete(cellKey);
    else this.#shards[partition].set(cellKey, stored);
  }

  /** Who reads them does not see them, whether they are removed already or not. */
  #forgetExpired(partition: number, now: number): void {
    const { ttlMs } = this.#format;
    const shard = this.#shards[partition];
    if (ttlMs === undefined || shard === undefined) return;
    for (const [key, { time }] of shard) if (time + ttlMs < now) shard.delete(key);
  }

  #shardOf(key: unknown): Map<string, Stored> | undefined {
    return this.#shards.find((shard) => shard?.has(this.#format.cellKey(key)));
  }

  get(key: unknown): unknown {
    const cellKey = this.#format.cellKey(key);
    const stored = this.#shardOf(key)?.get(cellKey);
    return stored === undefined ? this.#default() : this.#format.value(stored.value, cellKey);
  }

  has(key: unknown): boolean {
    return this.#shardOf(key) !== undefined;
  }

  /** What stands under a key as it is written. */
  valueUnder(cellKey: string): unknown {
    const stored = this.#shards.find((shard) => shard?.has(cellKey))?.get(cellKey);
    return stored && this.#format.value(stored.value, cellKey);
  }

  /** As they are written. */
  cellKeys(): string[] {
    return this.#shards.flatMap((shard) => [...(shard?.keys() ?? [])]);
  }

  entries(): [unknown, unknown][] {
    const all = this.#shards.flatMap((shard) => [...(shard ?? [])]);
    return all.map(([cellKey, { value }]) => [this.#format.key(cellKey), this.#format.value(value, cellKey)]);
  }

  get size(): number {
    return this.#shards.reduce((sum, shard) => sum + (shard?.size ?? 0), 0);
  }
}

/** A table of sets as the last checkpoint left it, whichever worker has the key. */
export interface CommittedSetTable<K, E> {
  get(key: K): ReadonlySet<E>;
  has(key: K, element: E): boolean;
  /** Those whose sets are not empty, in no order. */
  keys(): K[];
  /** How many elements all sets have together. */
  readonly size: number;
}

/** Reads a table of sets from its changelog. */
export class ChangelogSets implements CommittedSetTable<unknown, unknown> {
  readonly #keys: SetKeys;
  readonly #cellKeys: readonly string[];

  /** @param group the consumer group of the app */
  constructor(broker: MemoryBroker, definition: SetTableDefinition, group: string, topics: Topics) {
    this.#keys = setKeysOf(definition);
    this.#cellKeys = new ChangelogTable(broker, definition, group, topics).cellKeys();
  }

  get(key: unknown): ReadonlySet<unknown> {
    const prefix = this.#keys.prefixOf(key);
    return new Set(this.#cellKeys.filter((each) => prefixIn(each) === prefix).map((each) => this.#keys.elementOf(each)));
  }

  has(key: unknown, element: unknown): boolean {
    return this.#cellKeys.includes(this.#keys.cellKey(this.#keys.prefixOf(key), element));
  }

  keys(): unknown[] {
    return [...new Set(this.#cellKeys.map(prefixIn))].map((prefix) => this.#keys.keyOf(prefix));
  }

  get size(): number {
    return this.#cellKeys.length;
  }
}

/** The windows of a table that hold one time, as the last checkpoint left them. */
export interface CommittedWindowView<K, G> {
  /** Of hopping windows that of the newest; the default where there is none. */
  get(key: K): G;
  has(key: K): boolean;
  /** Of all keys, in no order. */
  entries(): [window: KeyedWindow<K>, value: Exclude<G, undefined>][];
}

/** A windowed table as the last checkpoint left it, whichever worker has the key. */
export interface CommittedWindows<K, G> {
  /** @param time milliseconds since 1970, or a Date */
  at(time: number | Date): CommittedWindowView<K, G>;
  /** The windows of a key that can be read, in the order of their starts. */
  windows(key: K): [window: KeyedWindow<K>, value: Exclude<G, undefined>][];
  /** How many windows of all keys there are. */
  readonly size: number;
}

/** Reads a windowed table from its changelog. */
export class ChangelogWindows implements CommittedWindows<unknown, unknown> {
  readonly #table: ChangelogTable;
  readonly #keys: WindowKeys;
  readonly #default: () => unknown;

  /** @param group the consumer group of the app */
  constructor(broker: MemoryBroker, definition: WindowedTableDefinition, group: string, topics: Topics) {
    this.#table = new ChangelogTable(broker, definition, group, topics);
    this.#keys = windowKeysOf(definition);
    this.#default = defaultOf(definition);
  }

  at(time: number | Date): CommittedWindowView<unknown, unknown> {
    const found = this.#all().filter(([{ start, end }]) => start <= Number(time) && Number(time) < end);
    const newest = (key: unknown) => {
      const prefix = this.#keys.prefixOf(key);
      return found.filter(([window]) => this.#keys.prefixOf(window.key) === prefix).at(-1);
    };
    return {
      get: (key) => newest(key)?.[1] ?? this.#default(),
      has: (key) => newest(key) !== undefined,
      entries: () => found,
    };
  }

  windows(key: unknown): [KeyedWindow, unknown][] {
    const prefix = this.#keys.prefixOf(key);
    return this.#all().filter(([window]) => this.#keys.prefixOf(window.key) === prefix);
  }

  get size(): number {
    return this.#all().length;
  }

  /** In the order of their starts. */
  #all(): [KeyedWindow, unknown][] {
    const cellKeys = this.#table.cellKeys().filter((cellKey) => !this.#keys.isLate(cellKey));
    const all = cellKeys.map((cellKey): [KeyedWindow, unknown] => [
      { key: this.#keys.keyOf(cellKey), ...this.#keys.windowOf(cellKey) },
      this.#table.valueUnder(cellKey),
    ]);
    return all.sort(([one], [other]) => one.start - other.start || one.end - other.end);
  }
}

/** Durable timers as the last checkpoint left them, whichever worker has the key. */
export interface CommittedSchedule<K, V> {
  get(key: K): { readonly due: number; readonly value: V } | undefined;
  /** In the order in which they are due. */
  entries(): [key: K, timer: { readonly due: number; readonly value: V }][];
  readonly size: number;
}

/** Reads durable timers from their changelog. */
export class ChangelogSchedule implements CommittedSchedule<unknown, unknown> {
  readonly #table: ChangelogTable;

  /** @param group the consumer group of the app */
  constructor(broker: MemoryBroker, definition: ScheduleDefinition, group: string, topics: Topics) {
    this.#table = new ChangelogTable(broker, definition, group, topics);
  }

  get(key: unknown): { readonly due: number; readonly value: unknown } | undefined {
    return this.#table.get(key) as { readonly due: number; readonly value: unknown } | undefined;
  }

  entries(): [unknown, { readonly due: number; readonly value: unknown }][] {
    const all = this.#table.entries() as [unknown, { readonly due: number; readonly value: unknown }][];
    return all.sort(([, one], [, other]) => one.due - other.due);
  }

  get size(): number {
    return this.#table.size;
  }
}

/** Two tables as they are committed, under one key. */
export class CommittedJoin implements CommittedTable<unknown, unknown> {
  readonly #join: Pick<JoinedTableDefinition, 'type' | 'combine'>;
  readonly #left: CommittedTable<unknown, unknown>;
  readonly #right: CommittedTable<unknown, unknown>;

  constructor(
    join: Pick<JoinedTableDefinition, 'type' | 'combine'>,
    left: CommittedTable<unknown, unknown>,
    right: CommittedTable<unknown, unknown>,
  ) {
    this.#join = join;
    this.#left = left;
    this.#right = right;
  }

  get(key: unknown): unknown {
    const { type, combine } = this.#join;
    const [isLeft, isRight] = [this.#left.has(key), this.#right.has(key)];
    if (!{ inner: isLeft && isRight, left: isLeft, outer: isLeft || isRight }[type]) return undefined;
    return combine(isLeft ? this.#left.get(key) : undefined, isRight ? this.#right.get(key) : undefined) ?? undefined;
  }

  has(key: unknown): boolean {
    return this.get(key) !== undefined;
  }

  entries(): [unknown, unknown][] {
    const keys = [...this.#left.entries(), ...this.#right.entries().filter(([key]) => !this.#left.has(key))].map(([key]) => key);
    return keys.map((key): [unknown, unknown] => [key, this.get(key)]).filter(([, value]) => value !== undefined);
  }

  get size(): number {
    return this.entries().length;
  }
}
