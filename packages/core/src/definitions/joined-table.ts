import type { ReadonlyTableDefinition, TableDefinition } from './table.js';
import type { JoinType } from './tables/join.js';

/** A table that can be joined: any but one of sets. */
export type JoinableDefinition<K = unknown, V = unknown> = TableDefinition<K, V, unknown> | ReadonlyTableDefinition<K, V, unknown>;

/** Two tables under one key. Made by `joinTables()`, `leftJoinTables()` and `outerJoinTables()`. */
export interface JoinedTableDefinition<K = unknown, V = unknown> extends ReadonlyTableDefinition<K, V, V | undefined> {
  readonly kind: 'joined-table';
  readonly left: JoinableDefinition;
  readonly right: JoinableDefinition;
  /** Which keys it has: those of both tables, all of the left one, or all of either. */
  readonly type: JoinType;
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
  return joined(name, left, right, combine, 'inner');
}

/** The same for each key that the left table has. Of one that the right table does not have `combine` is given undefined. */
export function leftJoinTables<K, A, B, C>(
  name: string,
  left: JoinableDefinition<K, A>,
  right: JoinableDefinition<K, B>,
  combine: (left: A, right: B | undefined) => C,
): JoinedTableDefinition<K, Exclude<C, undefined>> {
  return joined(name, left, right, combine, 'left');
}

/** The same for each key that one of the two has. Of the other one `combine` is given undefined. */
export function outerJoinTables<K, A, B, C>(
  name: string,
  left: JoinableDefinition<K, A>,
  right: JoinableDefinition<K, B>,
  combine: (left: A | undefined, right: B | undefined) => C,
): JoinedTableDefinition<K, Exclude<C, undefined>> {
  return joined(name, left, right, combine, 'outer');
}

function joined<K, V>(name: string, left: unknown, right: unknown, combine: unknown, type: JoinType): JoinedTableDefinition<K, V> {
  return Object.freeze({
    kind: 'joined-table' as const,
    ...{ identifier: Symbol(`joined table ${name}`), name, type },
    left: left as JoinableDefinition,
    right: right as JoinableDefinition,
    combine: combine as JoinedTableDefinition['combine'],
  });
}

/** Whether a value was made by `joinTables()` or one of the others. */
export function isJoinedTable(value: unknown): value is JoinedTableDefinition {
  return typeof value === 'object' && value !== null && (value as JoinedTableDefinition).kind === 'joined-table';
}
