import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { reason, StateError } from '@weir/core/internal/errors';
import type { GroupStore, Stores } from '@weir/core/internal/stores';
import type { Logger } from 'pino';
import { failed } from './failed.js';
import { type Level, openSound } from './level.js';
import { LevelGroupStore } from './level-group-store.js';
import { causeOf, isRefused } from './refusals.js';

/** How a database is laid out. Another layout gets another number, and so other folders: what is written by newer code is left alone. */
const format = 1;

/** The databases of one worker, one for each partition group. */
export class LevelStores implements Stores {
  readonly #directory: string;
  readonly #lock: Level;
  readonly #logger: Logger;
  #isClosed = false;
  /** The last one of each name. */
  readonly #opened = new Map<string, Promise<LevelGroupStore>>();

  /** @param lock held until they are closed */
  constructor(directory: string, lock: Level, logger: Logger) {
    this.#directory = directory;
    this.#lock = lock;
    this.#logger = logger;
  }

  open(name: string): Promise<GroupStore> {
    if (this.#isClosed) return Promise.reject(new StateError(`the stores in ${this.#directory} are closed`, { code: 'STORE_FAILED' }));
    const opening = this.#after(this.#opened.get(name), path.join(this.#directory, `${name}.v${format}`));
    this.#opened.set(name, opening);
    return opening;
  }

  async #after(former: Promise<LevelGroupStore> | undefined, folder: string): Promise<LevelGroupStore> {
    await (await former?.catch(() => undefined))?.closed;
    return this.#level(folder);
  }

  /**
   * A database that is damaged, or cannot be opened or read, is set aside: the changelogs have everything. One that the system refuses is
   * left as it is.
   */
  async #level(folder: string): Promise<LevelGroupStore> {
    try {
      return await openStore(folder);
    } catch (error) {
      if (isRefused(error)) throw failed(folder, error);
      this.#logger.warn(
        { error: reason(causeOf(error)) },
        `the store in ${folder} cannot be opened: it is set aside as ${folder}.broken, and made anew from the changelogs`,
      );
      try {
        setAside(folder);
        return await openStore(folder);
      } catch (again) {
        throw failed(folder, again);
      }
    }
  }

  async names(): Promise<readonly string[]> {
    const ending = `.v${format}`;
    const folders = readdirSync(this.#directory, { withFileTypes: true }).filter(
      (each) => each.isDirectory() && each.name.endsWith(ending),
    );
    return folders.map(({ name }) => name.slice(0, -ending.length)).sort();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const opened = await Promise.all([...this.#opened.values()].map((each) => each.catch(() => undefined)));
    await Promise.all(opened.map((store) => store?.close()));
    await this.#lock.close();
  }
}

async function openStore(folder: string): Promise<LevelGroupStore> {
  const level = await openSound(folder);
  try {
    return await LevelGroupStore.of(level, folder, setAside);
  } catch (error) {
    await level.close();
    throw error;
  }
}

/** Keeps it for whoever wants to look, in the place of one that was set aside before. */
function setAside(folder: string): void {
  if (!existsSync(folder)) return;
  rmSync(`${folder}.broken`, { recursive: true, force: true });
  renameSync(folder, `${folder}.broken`);
}
