import type { ReadTable } from '@weir/core/internal/app';
import { isJoin, isRetries, isSetTable, keySchemaOf } from '@weir/core/internal/definitions';
import { rangeOfPrefix } from '@weir/core/internal/tables';
import type { GlobalArguments } from '../../arguments/global-options.js';
import { UsageError } from '../../arguments/usage.js';
import { keyBytesOf, limitOf } from '../../arguments/values.js';
import type { Runner, Surroundings } from '../../command.js';
import { done } from '../../failure.js';
import { plainBytes } from '../../printing/show-bytes.js';
import { tableNamed } from './named.js';
import { withTables } from './open-tables.js';

interface ScanArguments extends GlobalArguments {
  readonly table: string;
  readonly from?: string;
  readonly to?: string;
  readonly prefix?: string;
  readonly limit?: string;
}

/** `weir tables scan`: entries as JSON lines. */
export const scan: Runner = {
  run: (given: ScanArguments, around: Surroundings): Promise<number> =>
    withTables(given, around, async (stored, tables, { joins }) => {
      const { out } = around.shell;
      const use = tableNamed(given.table, tables, joins);
      let left = limitOf(given.limit, 'entries');
      for await (const { key, value, partition } of stored.scan(use, rangeOf(use, given))) {
        if (left-- <= 0) break;
        out.write(`${JSON.stringify({ key: plain(key), value: plain(value), partition })}\n`);
      }
      return done;
    }),
};

/** @throws UsageError where it is said twice, or of a table of sets */
function rangeOf({ definition }: ReadTable, { from, to, prefix }: ScanArguments): { readonly from?: Buffer; readonly to?: Buffer } {
  if (prefix !== undefined && (from ?? to) !== undefined) throw new UsageError('give --prefix, or --from and --to');
  if (isSetTable(definition)) {
    if (prefix === undefined && (from ?? to) === undefined) return {};
    throw new UsageError(`${definition.name} is a table of sets: ask for one with \`weir tables get\`, or scan all of it`);
  }
  if (isJoin(definition)) throw new UsageError(`${definition.name} holds what waits for a join, and no entries to be read`);
  if (isRetries(definition)) {
    if (prefix === undefined && (from ?? to) === undefined) return {};
    throw new UsageError(`${definition.name} holds parked events: scan all of it`);
  }
  const schema = keySchemaOf(definition);
  if (prefix !== undefined)
    return rangeOfPrefix(schema === 'string' || schema === 'raw' ? Buffer.from(prefix) : keyBytesOf(schema, prefix));
  return {
    ...(from !== undefined && { from: keyBytesOf(schema, from) }),
    ...(to !== undefined && { to: keyBytesOf(schema, to) }),
  };
}

function plain(value: unknown): unknown {
  return Buffer.isBuffer(value) ? plainBytes(value) : value;
}
