import path from 'node:path';
import type { Logger } from 'pino';
import { noteOwner, storeFolders } from '../datadir/index.js';
import { ConfigurationError, StateError } from '../errors/index.js';
import type { OpenStores, Stores } from '../stores/index.js';
import { type AppOptions, checkOption } from '../topology/index.js';

/** Where stores are opened, and for whom. */
export interface StoreLocation {
  /** The option. */
  readonly store: string | OpenStores;
  readonly datadir: string;
  readonly group: string;
  /** The name that the worker was given. */
  readonly member: string | undefined;
  /** The one that it has without one, which the next worker may have. */
  readonly own: string | undefined;
  readonly logger: Logger;
}

/** Where workers of a group keep tables, each in a folder of its own. */
export function storesDirectory(datadir: string, group: string): string {
  return path.resolve(datadir, 'stores', group);
}

/**
 * Opens the stores that an option asks for; undefined where tables are in memory alone. LevelDB is loaded only for `level://`.
 * @throws StateError `STORE_MISSING`, `STORE_LOCKED`, `STORE_FAILED`
 */
export async function openStores({ store, datadir, group, member, own, logger }: StoreLocation): Promise<Stores | undefined> {
  const open = await openerOf(store);
  if (open === undefined) return undefined;
  const directory = storesDirectory(datadir, group);
  for (const folder of storeFolders(directory, member, own)) {
    try {
      const stores = await open({ directory: folder, logger });
      if (own !== undefined) noteOwner(folder, own);
      return stores;
    } catch (error) {
      if (member !== undefined || !(error instanceof StateError) || error.code !== 'STORE_LOCKED') throw error;
    }
  }
  throw new StateError(`every folder in ${directory} belongs to another worker that runs`, { code: 'STORE_LOCKED' });
}

/** What opens the stores of one worker; undefined where tables are in memory alone. @throws ConfigurationError; StateError `STORE_MISSING` */
export async function openerOf(store: string | OpenStores): Promise<OpenStores | undefined> {
  checkOption('store', store);
  if (store === 'memory://') return undefined;
  return typeof store === 'function' ? store : loadLevel();
}

/** The same, where there must be some. @throws ConfigurationError */
export async function neededOpener({ store = 'memory://' }: AppOptions): Promise<OpenStores> {
  const open = await openerOf(store);
  if (open === undefined) throw new ConfigurationError('store', store, "'level://': tables that are in memory alone are in no snapshot");
  return open;
}

async function loadLevel(): Promise<OpenStores> {
  const name = '@weir/level';
  try {
    const { open } = (await import(name)) as { readonly open: OpenStores };
    return open;
  } catch (cause) {
    const isMissing = (cause as { code?: unknown }).code === 'ERR_MODULE_NOT_FOUND';
    throw new StateError(
      isMissing
        ? `store: 'level://' needs the package @weir/level, which is not installed. Run: npm install @weir/level`
        : `store: 'level://' needs the native part of classic-level, which cannot be loaded with Node ${process.versions.node} on ${process.platform}-${process.arch}. Run: npm rebuild classic-level, or keep tables in memory (store: 'memory://')`,
      { code: 'STORE_MISSING', cause },
    );
  }
}
