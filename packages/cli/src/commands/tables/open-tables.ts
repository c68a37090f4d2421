import { type ReadTable, StoredTables } from '@weir/core/internal/app';
import { isJoinedTable, type JoinedTableDefinition } from '@weir/core/internal/definitions';
import { discover } from '@weir/core/internal/discovery';
import { type AppOptions, groupOf } from '@weir/core/internal/topology';
import type { Transport } from '@weir/core/internal/transport';
import { pino } from 'pino';
import type { Surroundings } from '../../command.js';
import { type ConnectionArguments, connected, describeApp } from '../../connect.js';
import { needApp } from '../../loading/load-app.js';

/** What the app says beside its tables. */
export interface Declared {
  readonly options: AppOptions;
  /** Tables that are read from others. */
  readonly joins: readonly JoinedTableDefinition[];
  readonly transport: Transport;
}

/** The tables of the app that is named, and what their topics hold, for as long as `use` takes. */
export async function withTables<T>(
  given: ConnectionArguments,
  around: Surroundings,
  use: (stored: StoredTables, tables: readonly ReadTable[], declared: Declared) => Promise<T>,
): Promise<T> {
  const appClass = await needApp(given, around);
  return connected(given, { ...around, appClass }, async ({ transport, options }) => {
    const logger = pino({ level: 'silent' });
    const stored = new StoredTables({ transport, clock: around.shell.clock, logger, group: groupOf(options), codec: options.codec });
    try {
      const discovery = discover(appClass);
      const { tables = [], globals = [] } = describeApp(discovery, options);
      const joins = discovery.injected.filter(isJoinedTable);
      return await use(stored, [...tables, ...globals.map((definition) => ({ definition, topics: [] }))], { options, joins, transport });
    } finally {
      await stored.close();
    }
  });
}
