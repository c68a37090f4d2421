import type { ReadTable, StoredTable } from '@weir/core/internal/app';
import { keySchemaOf, type LoggedDefinition, type Schema, schemaName, valueSchemaOf } from '@weir/core/internal/definitions';
import type { GlobalArguments } from '../../arguments/global-options.js';
import type { Runner, Surroundings } from '../../command.js';
import { done } from '../../failure.js';
import { table } from '../../printing/table.js';
import { withTables } from './open-tables.js';

/** `weir tables`: what the app declares beside what its topics hold. */
export const list: Runner = {
  run: (given: GlobalArguments, around: Surroundings): Promise<number> =>
    withTables(given, around, async (stored, tables, { codec = 'json' }) => {
      const { out } = around.shell;
      const rows: Row[] = [];
      for (const use of tables) rows.push(rowOf(use, await stored.measure(use.definition), codec));
      rows.sort((a, b) => a.name.localeCompare(b.name));
      if (given.json) out.write(`${JSON.stringify(rows)}\n`);
      else out.write(table(out, head, rows.map(cellsOf)));
      return done;
    }),
};

/** A table as the app and the broker have it; null is what the broker does not have. */
interface Row {
  readonly name: string;
  readonly kind: string;
  readonly key: string;
  readonly value: string;
  /** The topics whose events use it. */
  readonly feeds: readonly string[];
  /** Its changelog, or the topic that it is the view of. */
  readonly topic: string;
  readonly partitions: number | null;
  readonly keys: number;
  readonly bytes: number;
}

function rowOf({ definition, topics }: ReadTable, { topic, partitions, keys, bytes }: StoredTable, codec: Schema): Row {
  const feeds = topics.map((topic) => topic.name);
  const schemas = { key: schemaName(keySchemaOf(definition)), value: schemaName(valueSchemaOf(definition, codec)) };
  return { name: definition.name, kind: kindNames[definition.kind], ...schemas, feeds, topic, partitions: partitions ?? null, keys, bytes };
}

const kindNames: Readonly<Record<LoggedDefinition['kind'], string>> = {
  table: 'table',
  'set-table': 'set',
  'source-table': 'source',
  'global-table': 'global',
};

const head = ['name', 'kind', 'key', 'value', 'fed by', 'topic', 'partitions', 'keys', 'bytes'];

function cellsOf({ name, kind, key, value, feeds, topic, partitions, keys, bytes }: Row): (string | number)[] {
  return [name, kind, key, value, feeds.join(', ') || '-', topic, partitions ?? 'missing', keys, bytes];
}
