import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Logger } from 'pino';
import { foldersOf } from '../../datadir/index.js';
import { type LoggedDefinition, logTopic } from '../../definitions/index.js';
import { StateError } from '../../errors/index.js';
import { fileEnding, type SnapshotTable, writeSnapshot } from '../../snapshots/index.js';
import { type GroupStore, type OpenStores, type Stores, withStore } from '../../stores/index.js';
import { notedTable } from '../../tables/index.js';
import type { Clock } from '../../time/index.js';
import { type AppOptions, groupOf } from '../../topology/index.js';
import { neededOpener, storesDirectory } from '../stores.js';

/** Of which app the tables are. */
export interface AskedState {
  readonly app: AppOptions & { readonly datadir: string };
  /** Those that it has now. */
  readonly tables: readonly LoggedDefinition[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Told how many entries have been written since it was told last. */
export type Told = (entries: number) => void;

/** A snapshot that was written. */
export interface ExportedSnapshot {
  readonly file: string;
  readonly store: string;
  readonly tables: readonly SnapshotTable[];
}

/**
 * Writes what stopped workers on this machine keep of tables to a folder, a file for each partition group: of those that several have had the newest. Asks no broker.
 * @throws StateError `STORE_LOCKED` while a worker runs
 */
export async function exportState(asked: AskedState, to: string, wrote: Told): Promise<readonly ExportedSnapshot[]> {
  const { app, clock, logger } = asked;
  const open = await neededOpener(app);
  const group = groupOf(app);
  const newest = new Map<string, { readonly folder: string; readonly seenAt: number }>();
  for (const folder of foldersOf(storesDirectory(app.datadir, group), app.member || undefined))
    await withStores(open, folder, logger, async (stores) => {
      for (const name of await stores.names()) {
        const seenAt = await withStore(stores, name, async ({ notes }) => Math.max(...[...notes.values()].map((note) => note.seenAt)));
        if (seenAt > (newest.get(name)?.seenAt ?? Number.NEGATIVE_INFINITY)) newest.set(name, { folder, seenAt });
      }
    });
  mkdirSync(to, { recursive: true });
  const exported: ExportedSnapshot[] = [];
  for (const [name, { folder }] of [...newest].sort(([one], [other]) => (one < other ? -1 : 1)))
    await withStores(open, folder, logger, (stores) =>
      withStore(stores, name, async (store) => {
        const tables = tablesIn(store, name, asked);
        if (tables.length === 0) return;
        const parts = tables.flatMap(({ stored }) => notedTable(stored).parts);
        const file = path.join(to, `${name}${fileEnding}`);
        await writeSnapshot(file, { group, store: name, writtenAt: clock.now(), tables, parts }, store, wrote);
        exported.push({ file, store: name, tables });
      }),
    );
  return exported;
}

/** The tables of a store that the app has now. */
function tablesIn({ notes }: GroupStore, store: string, { app, tables }: AskedState): SnapshotTable[] {
  return [...notes].flatMap(([stored, note]) => {
    // A table that every worker has whole is stored partition by partition.
    const [name, partition = store.slice(store.lastIndexOf('-') + 1)] = notedTable(stored).storedAs.split('/');
    const definition = tables.find((each) => each.name === name);
    return definition === undefined
      ? []
      : [{ name, stored, topic: logTopic(groupOf(app), definition), partition: Number(partition), note }];
  });
}

async function withStores(open: OpenStores, folder: string, logger: Logger, use: (stores: Stores) => Promise<void>): Promise<void> {
  const stores = await opened(open, folder, logger);
  try {
    await use(stores);
  } finally {
    await stores.close();
  }
}

async function opened(open: OpenStores, directory: string, logger: Logger): Promise<Stores> {
  try {
    return await open({ directory, logger });
  } catch (error) {
    if (!(error instanceof StateError) || error.code !== 'STORE_LOCKED') throw error;
    throw new StateError(`a worker runs on ${directory}: stop it first, so that what is exported is of one moment`, {
      code: 'STORE_LOCKED',
      cause: error,
    });
  }
}
