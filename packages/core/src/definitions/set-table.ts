import { givenOptions } from '../errors/index.js';
import type { Schema, SchemaType } from './schema.js';
import type { TableOptions } from './tables/table-options.js';

export interface SetTableOptions<K extends Schema, E extends Schema> extends Pick<TableOptions<K, E, never>, 'like' | 'partitions'> {
  /** How keys are written. Equal keys must give equal bytes: `'json'` is refused. */
  readonly key: K;
  /** How elements are written. Equal elements must give equal bytes: `'json'` is refused. */
  readonly value: E;
}

/** A table of sets: its name and how its keys and their elements are written. Made by `setTable()`. */
export interface SetTableDefinition<K = unknown, E = unknown> {
  readonly kind: 'set-table';
  /** What `@Inject` and the container know it by. */
  readonly identifier: symbol;
  readonly name: string;
  readonly options: SetTableOptions<Schema, Schema>;
  /** Carries the types of keys and elements; there is nothing in it. */
  readonly of?: { readonly key: K; readonly element: E };
}

/**
 * Defines a table that has a set for each key. Its changelog has an entry for each element: adding one to a large set writes one, and not the set.
 */
export function setTable<const K extends Schema, const E extends Schema>(
  name: string,
  options: SetTableOptions<K, E>,
): SetTableDefinition<SchemaType<K>, SchemaType<E>> {
  return Object.freeze({
    kind: 'set-table' as const,
    identifier: Symbol(`set table ${name}`),
    name,
    options: Object.freeze(givenOptions(options)),
  });
}

/** Whether a value was made by `setTable()`. */
export function isSetTable(value: unknown): value is SetTableDefinition {
  return typeof value === 'object' && value !== null && (value as SetTableDefinition).kind === 'set-table';
}
