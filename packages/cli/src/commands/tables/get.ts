import type { ReadTable } from '@weir/core/internal/app';
import { decodeBytes } from '@weir/core/internal/codecs';
import { type JoinedTableDefinition, keyCodecOf, keySchemaOf } from '@weir/core/internal/definitions';
import { didYouMean } from '@weir/core/internal/errors';
import type { GlobalArguments } from '../../arguments/global-options.js';
import { UsageError } from '../../arguments/usage.js';
import { keyBytesOf } from '../../arguments/values.js';
import type { Runner, Surroundings } from '../../command.js';
import { done, failed } from '../../failure.js';
import { escapeControls, plainBytes, showBytes } from '../../printing/show-bytes.js';
import { withTables } from './open-tables.js';

interface GetArguments extends GlobalArguments {
  readonly table: string;
  readonly key: string;
}

/** `weir tables get`: one value. */
export const get: Runner = {
  run: (given: GetArguments, around: Surroundings): Promise<number> =>
    withTables(given, around, async (stored, tables, { joins }) => {
      const { out, err } = around.shell;
      const use = named(given.table, tables, joins);
      const schema = keySchemaOf(use.definition);
      const found = await stored.get(use, decodeBytes(keyCodecOf(schema), keyBytesOf(schema, given.key)));
      if (found === undefined) {
        err.write(`table ${given.table} has no key ${escapeControls(given.key)}\n`);
        return failed;
      }
      const { partition, value } = found;
      if (given.json) out.write(`${JSON.stringify({ table: given.table, key: given.key, partition, value: plain(value) })}\n`);
      else out.write(`${shown(value)}\n`);
      return done;
    }),
};

function named(name: string, tables: readonly ReadTable[], joins: readonly JoinedTableDefinition[]): ReadTable {
  const join = joins.find((each) => each.name === name);
  if (join !== undefined) throw new UsageError(`${name} is read from ${join.left.name} and ${join.right.name}: ask for these`);
  const names = tables.map(({ definition }) => definition.name);
  const found = tables.find(({ definition }) => definition.name === name);
  if (found !== undefined) return found;
  const remedy = didYouMean(name, names) || (names.length === 0 ? '. It has none' : `. Its tables: ${names.join(', ')}`);
  throw new UsageError(`the app has no table ${name}${remedy}`);
}

function plain(value: unknown): unknown {
  return Buffer.isBuffer(value) ? plainBytes(value) : value;
}

function shown(value: unknown): string {
  if (Buffer.isBuffer(value)) return showBytes(value);
  return typeof value === 'string' ? escapeControls(value) : JSON.stringify(value);
}
