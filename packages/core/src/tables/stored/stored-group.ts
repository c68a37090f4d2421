import type { GroupStore, StoreNote, Stores } from '../../stores/index.js';
import type { Shard } from '../shard.js';
import { Slices } from '../slices.js';
import type { TableFormat } from '../table-format.js';
import { StoredTable } from './stored-table.js';

/** How many entries that came from the changelog are stored together. */
const entriesMax = 8_192;
/** How many of them are staged in one go. */
const cellsPerSlice = 256;

/** The store of a partition group. One batch is written after another. */
export class StoredGroup {
  readonly #store: GroupStore;
  #last: Promise<unknown> = Promise.resolve();
  /** Why nothing more is written: it is not known what is there. */
  #failure: unknown;
  readonly #atATime: number;
  #isClosed = false;
  readonly #failed: (error: unknown) => void;

  private constructor(store: GroupStore, failed: (error: unknown) => void, atATime: number) {
    this.#store = store;
    this.#failed = failed;
    this.#atATime = atATime;
  }

  /** @param failed told once, when it can be used no longer */
  static async open(stores: Stores, name: string, failed: (error: unknown) => void, atATime = entriesMax): Promise<StoredGroup> {
    return new StoredGroup(await stores.open(name), failed, atATime);
  }

  /** @param name what it is called in the store */
  table(format: TableFormat, name = format.table): StoredTable {
    return new StoredTable(this.#store, format, this.#unreadable, name);
  }

  /** What cannot be read is not read again: it is made anew when it is opened next. */
  readonly #unreadable = (error: unknown): void => {
    if (this.#isClosed) return;
    this.#store.discard();
    this.#fail(error);
  };

  #fail(error: unknown): void {
    if (this.#failure !== undefined || this.#isClosed) return;
    this.#failure = error;
    this.#failed(error);
  }

  /** How many keys a table has, once nothing is owed. */
  count({ name }: StoredTable): Promise<number> {
    return this.#store.count(name);
  }

  clear({ name }: StoredTable): Promise<void> {
    return this.#store.clear(name);
  }

  /** Stores the closed generations, which are committed. @throws StateError `STORE_FAILED` */
  commit(shards: readonly Shard[], now: number): Promise<void> {
    return this.#alone(async () => {
      if (this.#isClosed) return;
      const batch = this.#store.batch();
      const notes = new Map<string, StoreNote>();
      for (const shard of shards) {
        const size = await shard.stage(batch);
        if (shard.stored !== undefined) shard.stored.seenAt = now;
        take(notes, shard, size);
      }
      await batch.write(notes);
      for (const shard of shards) await shard.committed();
    });
  }

  /** Stores what came from the changelog, until nothing is owed. What is done besides goes on in between. @throws StateError `STORE_FAILED` */
  async settle(shards: readonly Shard[]): Promise<void> {
    for (const shard of shards) while (shard.stored?.owes === true) await this.#alone(() => this.#settleSome(shard));
  }

  async #settleSome(shard: Shard): Promise<void> {
    const cells = shard.stored?.take(this.#atATime) ?? [];
    const batch = this.#store.batch();
    const slices = new Slices();
    for (let at = 0; at < cells.length; at += cellsPerSlice) {
      shard.stageCommitted(batch, cells.slice(at, at + cellsPerSlice));
      if (slices.isOver(cellsPerSlice)) await slices.next();
    }
    const notes = new Map<string, StoreNote>();
    take(notes, shard, shard.size);
    await batch.write(notes);
    shard.stored?.wrote();
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

  /** Stores what was read, and closes. */
  async close(shards: readonly Shard[]): Promise<void> {
    this.#isClosed = true;
    await this.settle(shards).catch(() => undefined);
    await this.#last;
    await this.#store.close();
  }
}

function take(notes: Map<string, StoreNote>, { stored }: Shard, size: number): void {
  const note = stored?.noteWith(size);
  if (stored !== undefined && note !== undefined) notes.set(stored.name, note);
}
