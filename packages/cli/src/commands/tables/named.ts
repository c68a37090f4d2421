import type { ReadTable } from '@weir/core/internal/app';
import type { JoinedTableDefinition } from '@weir/core/internal/definitions';
import { didYouMean } from '@weir/core/internal/errors';
import { UsageError } from '../../arguments/usage.js';

/** @throws UsageError where the app has no such table, or none that is read by itself */
export function tableNamed(name: string, tables: readonly ReadTable[], joins: readonly JoinedTableDefinition[]): ReadTable {
  const join = joins.find((each) => each.name === name);
  if (join !== undefined) throw new UsageError(`${name} is read from ${join.left.name} and ${join.right.name}: ask for these`);
  const names = tables.map(({ definition }) => definition.name);
  const found = tables.find(({ definition }) => definition.name === name);
  if (found !== undefined) return found;
  const remedy = didYouMean(name, names) || (names.length === 0 ? '. It has none' : `. Its tables: ${names.join(', ')}`);
  throw new UsageError(`the app has no table ${name}${remedy}`);
}
