import { givenOptions } from '../errors/index.js';
import { type ChangedTable, type ChangesDefinition, changesOf } from './changes.js';
import type { Schema, SchemaType } from './schema.js';
import type { Default, TableOptions } from './tables/table-options.js';
import { type Windowable, windowable } from './tables/windowed-table.js';
import type { TopicDefinition } from './topic.js';

/**
 * A table: its name and how its keys and values are written. An immutable value: `@Inject` takes it, and the types of keys and values flow from it.
 * Made by `table()`.
 * @typeParam G what `get` gives: V with a default, V | undefined without
 */
export interface TableDefinition<K = unknown, V = unknown, G = V | undefined> extends Windowable<K, V, G> {
  readonly kind: 'table';
  /** What `@Inject` and the container know it by. */
  readonly identifier: symbol;
  readonly name: string;
  readonly options: TableOptions<Schema, Schema, unknown>;
  /** Of an internal table with a `ttl`: its entries are as old as their partition was when they were written, whatever the time of the event. @default 'event' */
  readonly agesBy?: 'event' | 'partition';
  /** What checkpoints change in it, for `@Agent` and `@Handler`: one change for each key and checkpoint, in order, read from the changelog. */
  readonly changes: ChangesDefinition<K, V>;
  /** Carries the types of keys and values; there is nothing in it. */
  readonly of?: { readonly key: K; readonly value: V; readonly got: G };
}

/** @typeParam D the type of `default`; never without one */
export interface SourceTableOptions<K, V, D> {
  /** The topic that it is the view of, whose codecs read keys and values. It is created where it is missing, and is not read by the consumer group. */
  readonly source: TopicDefinition<K, V>;
  /**
   * What `get` gives of a key that is not there; reading does not store it. A function is called each time.
   * @default undefined
   */
  readonly default?: D;
}

/** A table that is only read, of any kind: `table()` with a source, `globalTable()`, `joinTables()`. `@Inject` gives a `ReadonlyTable` of it. */
export interface ReadonlyTableDefinition<K = unknown, V = unknown, G = V | undefined> {
  readonly kind: 'source-table' | 'global-table' | 'joined-table';
  /** What `@Inject` and the container know it by. */
  readonly identifier: symbol;
  readonly name: string;
  /** Carries the types of keys and values; there is nothing in it. */
  readonly of?: { readonly key: K; readonly value: V; readonly got: G };
}

/** The view of a topic: for each key the newest value, of the partitions that this worker has. Made by `table()` with a source. */
export interface SourceTableDefinition<K = unknown, V = unknown, G = V | undefined> extends ReadonlyTableDefinition<K, V, G> {
  readonly kind: 'source-table';
  readonly options: SourceTableOptions<unknown, unknown, unknown>;
}

/**
 * Defines a table: a map that lives where its events are, kept in the topic `<app>-<name>-changelog`. Nothing connects: the name and the options are
 * checked when an app that uses it starts.
 */
export function table<const K extends Schema, const V extends Schema, D extends Default<SchemaType<V>> = never>(
  name: string,
  options: TableOptions<K, V, D>,
): TableDefinition<SchemaType<K>, SchemaType<V>, [D] extends [never] ? SchemaType<V> | undefined : SchemaType<V>>;
/**
 * Defines a table that is the view of a topic, and only read: a message sets the value of its key, a tombstone deletes it. A worker has the partitions whose
 * events it handles: it has them as far as they go before the first event, and takes in from then on what comes.
 */
export function table<K, V, D extends Default<V> = never>(
  name: string,
  options: SourceTableOptions<K, V, D>,
): SourceTableDefinition<K, V, [D] extends [never] ? V | undefined : V>;
export function table(name: string, options: object): unknown {
  const common = { identifier: Symbol(`table ${name}`), name, options: Object.freeze(givenOptions(options)) };
  if ('source' in common.options) return Object.freeze({ kind: 'source-table', ...common });
  const made = { kind: 'table', ...common, ...windowable(common as never), changes: undefined as unknown };
  made.changes = changesOf(made as unknown as ChangedTable);
  return Object.freeze(made);
}

/** Whether a value was made by `table()`. */
export function isTable(value: unknown): value is TableDefinition {
  return typeof value === 'object' && value !== null && (value as TableDefinition).kind === 'table';
}

/** Whether a value was made by `table()` with a source. */
export function isSourceTable(value: unknown): value is SourceTableDefinition {
  return typeof value === 'object' && value !== null && (value as SourceTableDefinition).kind === 'source-table';
}

/** The topic that an app keeps a table in. */
export function changelogTopic(app: string, { name }: Pick<TableDefinition, 'name'>): string {
  return `${app}-${name}-changelog`;
}
