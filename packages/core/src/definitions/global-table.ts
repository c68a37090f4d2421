import { givenOptions } from '../errors/index.js';
import type { ReadonlyTableDefinition, TableDefinition } from './table.js';
import type { Default } from './tables/table-options.js';
import type { TopicDefinition } from './topic.js';

/** @typeParam D the type of `default`; never without one */
export interface GlobalTableOptions<K, V, D> {
  /** The topic, or the table of this app, that it is a copy of. It is written by writing that. */
  readonly source: TopicDefinition<K, V> | TableDefinition<K, V, unknown>;
  /**
   * What `get` gives of a key that is not there; reading does not store it. A function is called each time.
   * @default undefined
   */
  readonly default?: D;
}

/** A whole copy of a topic, or of a table, on every worker. Made by `globalTable()`. */
export interface GlobalTableDefinition<K = unknown, V = unknown, G = V | undefined> extends ReadonlyTableDefinition<K, V, G> {
  readonly kind: 'global-table';
  readonly options: GlobalTableOptions<unknown, unknown, unknown>;
}

/**
 * Defines a table that every worker has whole, and that is only read: all partitions of a topic, or of a table of this app. It is complete before the first
 * event of any agent, takes in from then on what comes, and can be read anywhere, outside of events, too.
 */
export function globalTable<K, V, D extends Default<V> = never>(
  name: string,
  options: GlobalTableOptions<K, V, D>,
): GlobalTableDefinition<K, V, [D] extends [never] ? V | undefined : V> {
  return Object.freeze({
    kind: 'global-table' as const,
    identifier: Symbol(`global table ${name}`),
    name,
    options: Object.freeze(givenOptions(options)) as GlobalTableDefinition['options'],
  });
}

/** Whether a value was made by `globalTable()`. */
export function isGlobalTable(value: unknown): value is GlobalTableDefinition {
  return typeof value === 'object' && value !== null && (value as GlobalTableDefinition).kind === 'global-table';
}
