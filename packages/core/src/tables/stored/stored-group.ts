import type { Logger } from 'pino';
import { StateError } from '../../errors/index.js';
import type { GroupStore, StoreBatch, StoreNote, Stores } from '../../stores/index.js';
import type { Clock } from '../../time/index.js';
import type { Shard } from '../shard.js';
import { Slices } from '../slices.js';
import type { TableFormat } from '../table-format.js';
import type { CellCache } from './cell-cache.js';
import { StoredTable } from './stored-table.js';
import { Writability } from './writability.js';

/** How many entries that came from the changelog are stored together. */
const entriesMax = 8_192;

/** What the store of a group is opened with. */
export interface StoredGroupParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** For how long it may refuse to be written, in milliseconds. */
  readonly stallMs: number;
  /** Told once, when it can be used no longer. */
  readonly fail: (error: unknown) => void;
  /** How many entries that came from the changelog are stored together. */
  readonly entriesAtATime?: number;
}

/** The store of a partition group. One batch is written after another. */
export class StoredGroup {
  readonly #store: GroupStore;
  readonly #parts: StoredGroupParts;
  readonly #writability: Writability;
  #last: Promise<unknown> = Promise.resolve();
  /** Why nothing more is written: it is not known what is there. */
  #failure: unknown;
  #isClosed = false;

  private constructor(store: GroupStore, parts: StoredGroupParts) {
    this.#store = store;
    this.#parts = parts;
    this.#writability = new Writability({ ...parts, isOver: () => store.failure !== undefined });
  }

  static async open(stores: Stores, name: string, parts: StoredGroupParts): Promise<StoredGroup> {
    return new StoredGroup(await stores.open(name), parts);
  }

  /**
   * @param cache bounds what is owed
   * @param name what it is called in the store
   */
  table(format: TableFormat, cache: CellCache, name = format.table): StoredTable {
    return new StoredTable(this.#store, format, (error) => this.#unreadable(error, format), name, cache);
  }

  /** What cannot be read is not read again: it is made anew when it is opened next. @returns what whoever reads is to be told */
  #unreadable(error: unknown, { table }: TableFormat): unknown {
    if (this.#isClosed) {
      const why = 'the partition of what is read moves, or the worker stops. What was read until now is a part of it';
      return new StateError(`table ${table} cannot be read here any more: ${why}`, { code: 'NOT_LOCAL', cause: error });
    }
    this.#store.discard();
    this.#fail(error);
    return error;
  }

  #fail(error: unknown): void {
    if (this.#failure !== undefined || this.#isClosed) return;
    this.#failure = error;
    this.#parts.fail(error);
  }

  /** How many keys a table has, once nothing is owed. */
  count({ name }: StoredTable): Promise<number> {
    return this.#store.count(name);
  }

  async clear(table: StoredTable): Promise<void> {
    for (const name of table.names) await this.#store.clear(name);
    table.cleared();
  }

  /** Stores the closed generations, which are committed. Tries again while it can. @throws StateError `STORE_FAILED` */
  commit(shards: readonly Shard[], now: number): Promise<void> {
    return this.#alone(async () => {
      if (this.#isClosed) return;
      await this.#write(async (batch) => {
        const notes = new Map<string, StoreNote>();
        for (const shard of shards) {
          const size = await shard.stage(batch);
          if (shard.stored !== undefined) shard.stored.seenAt = now;
          take(notes, shard, size);
        }
        return notes;
      });
      for (const shard of shards) await shard.committed();
    });
  }

  /**
   * Stores what came from the changelog. What is done besides goes on in between.
   * @param isEnough asked whether the rest may stay owed @throws StateError `STORE_FAILED`
   */
  async settle(shards: readonly Shard[], isEnough = () => false): Promise<void> {
    for (const shard of shards)
      while (shard.stored !== undefined && shard.stored.owed.size > 0 && !isEnough()) await this.#alone(() => this.#settleSome(shard));
  }

  async #settleSome(shard: Shard): Promise<void> {
    const { stored } = shard;
    if (stored === undefined) return;
    const taken = stored.owed.take(this.#parts.entriesAtATime ?? entriesMax);
    await this.#write(async (batch) => {
      const slices = new Slices();
      for (const [key, entry] of taken) {
        stored.stageOwed(batch, key, entry);
        if (slices.isOver()) await slices.next();
      }
      const notes = new Map<string, StoreNote>();
      take(notes, shard, shard.size);
      return notes;
    });
    shard.settled(stored.owed.wrote());
  }

  /** Writes what is staged into a batch; while the store cannot be written again and again, into a new one each time. @param stage gives what is to be noted with it */
  #write(stage: (batch: StoreBatch) => Promise<ReadonlyMap<string, StoreNote>>): Promise<void> {
    return this.#writability.write(async () => {
      const batch = this.#store.batch();
      await batch.write(await stage(batch));
    });
  }

  #alone(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(async () => {
      if (this.#failure !== undefined) throw this.#failure;
      try {
        await work();
      } catch (error) {
        this.#fail(error);
        throw error;
      }
    });
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** From now on nothing that is refused is tried again. */
  drain(): void {
    this.#writability.giveUp();
  }

  /** Stores what was read, and closes. */
  async close(shards: readonly Shard[]): Promise<void> {
    this.#isClosed = true;
    this.drain();
    await this.settle(shards).catch(() => undefined);
    await this.#last;
    await this.#store.close();
  }
}

function take(notes: Map<string, StoreNote>, { stored }: Shard, size: number): void {
  const note = stored?.noteWith(size);
  if (stored !== undefined && note !== undefined) notes.set(stored.name, note);
}
