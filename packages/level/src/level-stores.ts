import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { reason } from '@weir/core/internal/errors';
import type { GroupStore, Stores } from '@weir/core/internal/stores';
import type { Logger } from 'pino';
import { failed } from './failed.js';
import { type Level, openLevel, openSound } from './level.js';
import { LevelGroupStore } from './level-group-store.js';

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
    if (this.#isClosed) return Promise.reject(failed(this.#directory, new Error('the stores are closed')));
    const opening = this.#after(this.#opened.get(name), path.join(this.#directory, `${name}.v${format}`));
    this.#opened.set(name, opening);
    return opening;
  }

  async #after(former: Promise<LevelGroupStore> | undefined, folder: string): Promise<LevelGroupStore> {
    await (await former?.catch(() => undefined))?.closed;
    const level = await this.#level(folder);
    try {
      return await LevelGroupStore.of(level, folder, setAside);
    } catch (error) {
      await level.close();
      throw failed(folder, error);
    }
  }

  /** A database that is damaged, or cannot be opened, is set aside: the changelogs have everything. */
  async #level(folder: string): Promise<Level> {
    try {
      return await openSound(folder);
    } catch (error) {
      const { cause } = error as { readonly cause?: unknown };
      this.#logger.warn(
        { error: reason(cause ?? error) },
        `the store in ${folder} cannot be opened: it is set aside, and made anew from the changelogs`,
      );
      try {
        setAside(folder);
        return await openLevel(folder);
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

/** Keeps it for whoever wants to look, in the place of one that was set aside before. */
function setAside(folder: string): void {
  if (!existsSync(folder)) return;
  rmSync(`${folder}.broken`, { recursive: true, force: true });
  renameSync(folder, `${folder}.broken`);
}
