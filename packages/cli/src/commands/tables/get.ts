import { decodeBytes } from '@weir/core/internal/codecs';
import { isJoin, isRetries, keyCodecOf, keySchemaOf } from '@weir/core/internal/definitions';
import type { GlobalArguments } from '../../arguments/global-options.js';
import { UsageError } from '../../arguments/usage.js';
import { keyBytesOf } from '../../arguments/values.js';
import type { Runner, Surroundings } from '../../command.js';
import { done, failed } from '../../failure.js';
import { escapeControls, plainBytes, showBytes } from '../../printing/show-bytes.js';
import { tableNamed } from './named.js';
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
      const use = tableNamed(given.table, tables, joins);
      if (isJoin(use.definition)) throw new UsageError(`${given.table} holds what waits for a join, and no entries to be read`);
      if (isRetries(use.definition)) throw new UsageError(`${given.table} holds parked events: \`weir tables scan\` shows them`);
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

function plain(value: unknown): unknown {
  return Buffer.isBuffer(value) ? plainBytes(value) : value;
}

function shown(value: unknown): string {
  if (Buffer.isBuffer(value)) return showBytes(value);
  return typeof value === 'string' ? escapeControls(value) : JSON.stringify(value);
}
