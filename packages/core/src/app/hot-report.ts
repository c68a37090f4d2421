import type { Logger } from 'pino';
import { type HotFile, type HotNotes, readHotNotes } from '../datadir/index.js';
import { reason } from '../errors/index.js';
import type { HotKey, HotTable, Tables } from '../tables/index.js';
import { type Clock, inRounds } from '../time/index.js';
import { storesDirectory } from './stores.js';

/** How often it is written, where anything has been counted. */
const writeMs = 10_000;

/** Has a worker write which keys are hot. @returns ends it, and removes what was written */
export function reportHotKeys(file: HotFile, tables: Pick<Tables, 'hot'>, clock: Clock, logger: Logger): () => void {
  const write = () => {
    try {
      const hot = tables.hot();
      if (hot !== undefined) file.write(hot, clock.now());
    } catch (error) {
      logger.debug({ error: reason(error) }, 'cannot write which keys are hot');
    }
  };
  const stop = inRounds(clock, writeMs, async () => write());
  return () => {
    stop();
    file.remove();
  };
}

/** A key of a table, as all workers have counted it that have written here. */
export interface HotRow extends HotKey {
  readonly table: string;
}

/** Which keys are hot: what is overtaken most, then what is written most. */
export function hotKeys(
  datadir: string,
  group: string,
): { readonly workers: readonly Omit<HotNotes, 'tables'>[]; readonly keys: readonly HotRow[] } {
  const notes = readHotNotes<HotTable>(storesDirectory(datadir, group));
  const rows = new Map<string, HotRow>();
  for (const { table, keys } of notes.flatMap(({ tables }) => tables))
    for (const { key, written, overtaken } of keys) {
      const name = JSON.stringify([table, key]);
      const known = rows.get(name);
      rows.set(name, { table, key, written: written + (known?.written ?? 0), overtaken: overtaken + (known?.overtaken ?? 0) });
    }
  const keys = [...rows.values()].sort((one, other) => other.overtaken - one.overtaken || other.written - one.written);
  return { workers: notes.map(({ worker, since, at }) => ({ worker, since, at })), keys };
}
