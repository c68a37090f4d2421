import type { ReadonlyTableDefinition, TableDefinition } from './table.js';

/** A table that can be joined: any but one of sets. */
export type JoinableDefinition<K = unknown, V = unknown> = TableDefinition<K, V, unknown> | ReadonlyTableDefinition<K, V, unknown>;

/** Two tables under one key. Made by `joinTables()` and `leftJoinTables()`. */
export interface JoinedTableDefinition<K = unknown, V = unknown> extends ReadonlyTableDefinition<K, V, V | undefined> {
  readonly kind: 'joined-table';
  readonly left: JoinableDefinition;
  readonly right: JoinableDefinition;
  /** Whether a key is there that only the left table has. */
  readonly isLeft: boolean;
  readonly combine: (left: unknown, right: unknown) => unknown;
}

/**
 * Defines a table that is only read, and has what two others have: for each key that both have, what `combine` makes of their values. It is asked when it is read,
 * so it agrees with the two at any time. Defaults of the two do not count.
 * @param combine undefined takes the key out. It is called for each read, and is not awaited
 */
export function joinTables<K, A, B, C>(
  name: string,
  left: JoinableDefinition<K, A>,
  right: JoinableDefinition<K, B>,
  combine: (left: A, right: B) => C,
): JoinedTableDefinition<K, Exclude<C, undefined>> {
  return joined(name, left, right, combine, false);
}

/** The same for each key that the left table has. Of one that the right table does not have `combine` is given undefined. */
export function leftJoinTables<K, A, B, C>(
  name: string,
  left: JoinableDefinition<K, A>,
  right: JoinableDefinition<K, B>,
  combine: (left: A, right: B | undefined) => C,
): JoinedTableDefinition<K, Exclude<C, undefined>> {
  return joined(name, left, right, combine, true);
}

function joined<K, V>(name: string, left: unknown, right: unknown, combine: unknown, isLeft: boolean): JoinedTableDefinition<K, V> {
  return Object.freeze({
    kind: 'joined-table' as const,
    ...{ identifier: Symbol(`joined table ${name}`), name, isLeft },
    left: left as JoinableDefinition,
    right: right as JoinableDefinition,
    combine: combine as JoinedTableDefinition['combine'],
  });
}

/** Whether a value was made by `joinTables()` or `leftJoinTables()`. */
export function isJoinedTable(value: unknown): value is JoinedTableDefinition {
  return typeof value === 'object' && value !== null && (value as JoinedTableDefinition).kind === 'joined-table';
}
