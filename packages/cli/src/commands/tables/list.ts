import type { StoredTable } from '@weir/core/internal/app';
import { schemaName } from '@weir/core/internal/definitions';
import type { TableUse } from '@weir/core/internal/topology';
import type { GlobalArguments } from '../../arguments/global-options.js';
import type { Runner, Surroundings } from '../../command.js';
import { done } from '../../failure.js';
import { table } from '../../printing/table.js';
import { withTables } from './open-tables.js';

/** `weir tables`: what the app declares beside what its changelogs hold. */
export const list: Runner = {
  run: (given: GlobalArguments, around: Surroundings): Promise<number> =>
    withTables(given, around, async (stored, tables) => {
      const { out } = around.shell;
      const rows: Row[] = [];
      for (const use of tables) rows.push(rowOf(use, await stored.measure(use.definition)));
      rows.sort((a, b) => a.name.localeCompare(b.name));
      if (given.json) out.write(`${JSON.stringify(rows)}\n`);
      else out.write(table(out, head, rows.map(cellsOf)));
      return done;
    }),
};

/** A table as the app and the broker have it; null is what the broker does not have. */
interface Row {
  readonly name: string;
  readonly key: string;
  readonly value: string;
  readonly feeds: readonly string[];
  readonly changelog: string;
  readonly partitions: number | null;
  readonly keys: number;
  readonly bytes: number;
}

function rowOf({ definition, topics }: TableUse, { changelog, partitions, keys, bytes }: StoredTable): Row {
  const { name, options } = definition;
  const feeds = topics.map((topic) => topic.name);
  const schemas = { key: schemaName(options.key), value: schemaName(options.value) };
  return { name, ...schemas, feeds, changelog, partitions: partitions ?? null, keys, bytes };
}

const head = ['name', 'key', 'value', 'fed by', 'changelog', 'partitions', 'keys', 'bytes'];

function cellsOf({ name, key, value, feeds, changelog, partitions, keys, bytes }: Row): (string | number)[] {
  return [name, key, value, feeds.join(', ') || '-', changelog, partitions ?? 'missing', keys, bytes];
}
