import type { ReadTable, StoredTable } from '@weir/core/internal/app';
import {
  isTable,
  type JoinedTableDefinition,
  keySchemaOf,
  type LoggedDefinition,
  type Schema,
  schemaName,
  valueSchemaOf,
} from '@weir/core/internal/definitions';
import type { GlobalArguments } from '../../arguments/global-options.js';
import type { Runner, Surroundings } from '../../command.js';
import { done } from '../../failure.js';
import { table } from '../../printing/table.js';
import { listHot } from './hot.js';
import { withTables } from './open-tables.js';

interface ListArguments extends GlobalArguments {
  readonly hot?: boolean;
}

/** `weir tables`: what the app declares beside what its topics hold. */
export const list: Runner = {
  run: (given: ListArguments, around: Surroundings): Promise<number> =>
    given.hot === true ? listHot(given, around) : listAll(given, around),
};

function listAll(given: GlobalArguments, around: Surroundings): Promise<number> {
  return withTables(given, around, async (stored, tables, { options: { codec = 'json' }, joins }) => {
    const { out } = around.shell;
    const rows: Row[] = [];
    for (const use of tables) rows.push(rowOf(use, await stored.measure(use.definition), codec));
    rows.push(...joins.map(rowOfJoin));
    rows.sort((a, b) => a.name.localeCompare(b.name));
    if (given.json) out.write(`${JSON.stringify(rows)}\n`);
    else out.write(table(out, head, rows.map(cellsOf)));
    return done;
  });
}

/** A table as the app and the broker have it; null is what the broker does not have. */
interface Row {
  readonly name: string;
  readonly kind: string;
  readonly key: string;
  readonly value: string;
  /** The topics whose events use it. */
  readonly feeds: readonly string[];
  /** Its changelog, or the topic that it is the view of. */
  readonly topic: string | null;
  readonly partitions: number | null;
  readonly keys: number | null;
  readonly bytes: number | null;
  /** `all` where every worker has a copy. */
  readonly standby: string | null;
}

function rowOf({ definition, topics }: ReadTable, { topic, partitions, keys, bytes }: StoredTable, codec: Schema): Row {
  const feeds = topics.map((topic) => topic.name);
  const schemas = { key: schemaName(keySchemaOf(definition)), value: schemaName(valueSchemaOf(definition, codec)) };
  const standby = isTable(definition) ? (definition.options.standby ?? null) : null;
  const held = { topic, partitions: partitions ?? null, keys, bytes, standby };
  return { name: definition.name, kind: kindNames[definition.kind], ...schemas, feeds, ...held };
}

/** It has no topic: it is read from the two. */
function rowOfJoin(definition: JoinedTableDefinition): Row {
  const { name, left, right } = definition;
  const reads = { key: schemaName(keySchemaOf(definition)), value: `${left.name} + ${right.name}` };
  return { name, kind: 'join', ...reads, feeds: [], topic: null, partitions: null, keys: null, bytes: null, standby: null };
}

const kindNames: Readonly<Record<LoggedDefinition['kind'], string>> = {
  table: 'table',
  'set-table': 'set',
  'source-table': 'source',
  'global-table': 'global',
  'windowed-table': 'windows',
  schedule: 'schedule',
  join: 'join',
  retries: 'retries',
};

const head = ['name', 'kind', 'key', 'value', 'fed by', 'topic', 'partitions', 'keys', 'bytes', 'standby'];

function cellsOf({ name, kind, key, value, feeds, topic, partitions, keys, bytes, standby }: Row): (string | number)[] {
  return [
    name,
    kind,
    key,
    value,
    feeds.join(', ') || '-',
    topic ?? '-',
    partitions ?? (topic === null ? '-' : 'missing'),
    keys ?? '-',
    bytes ?? '-',
    standby ?? '-',
  ];
}
