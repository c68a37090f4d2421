import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AppOptions, GroupStore, StoreBatch, StoreEntry, StoreNote, StoreRange, Stores } from '@weir/core';
import { openStores } from '@weir/core/internal/app';
import { pino } from 'pino';
import { StoreFaults } from './store-faults.js';

/** The stores of the workers of one `TestApp`, in folders that are removed at its end. */
export class TestStores {
  readonly faults = new StoreFaults();
  readonly #app: AppOptions;
  /** Where workers begin. */
  #directory: string | undefined;
  /** That and those that were lost. */
  readonly #directories: string[] = [];
  #pending = 0;

  constructor(app: AppOptions) {
    this.#app = app;
  }

  /** Those of a worker; undefined where it keeps tables in memory alone. Each has a folder of its own, and one that is back the one it had. */
  async open(group: string): Promise<Stores | undefined> {
    const { store = 'memory://' } = this.#app;
    if (store === 'memory://') return undefined;
    if (this.#directory === undefined) {
      this.#directory = mkdtempSync(path.join(tmpdir(), 'weir-test-'));
      this.#directories.push(this.#directory);
    }
    const logger = pino({ level: 'silent' });
    const place = { store, datadir: this.#directory, group, member: undefined, own: undefined, logger };
    const stores = await openStores(place);
    return stores && new FaultyStores(stores, this);
  }

  /** Whether something is being read or written. What waits for `release` is not. */
  get isBusy(): boolean {
    return this.#pending > 0 && !this.faults.isHolding;
  }

  async busyFor<T>(work: Promise<T>): Promise<T> {
    this.#pending++;
    try {
      return await work;
    } finally {
      this.#pending--;
    }
  }

  /** The next worker begins on an empty disk. Those that run keep theirs. */
  lose(): void {
    this.#directory = undefined;
  }

  /** Called while no worker has them. */
  remove(): void {
    this.lose();
    for (const each of this.#directories.splice(0)) rmSync(each, { recursive: true, force: true });
  }
}

class FaultyStores implements Stores {
  isClosed = false;

  constructor(
    private readonly stores: Stores,
    private readonly test: TestStores,
  ) {}

  async open(name: string): Promise<GroupStore> {
    return new FaultyStore(await this.test.busyFor(this.stores.open(name)), this.test, this);
  }

  names(): Promise<readonly string[]> {
    return this.stores.names();
  }

  close(): Promise<void> {
    this.isClosed = true;
    return this.test.busyFor(this.stores.close());
  }
}

class FaultyStore implements GroupStore {
  constructor(
    private readonly store: GroupStore,
    private readonly test: TestStores,
    private readonly stores: FaultyStores,
  ) {}

  get notes(): ReadonlyMap<string, StoreNote> {
    return this.store.notes;
  }

  get failure(): unknown {
    return this.store.failure;
  }

  get(...at: Parameters<GroupStore['get']>): Buffer | undefined {
    return this.store.get(...at);
  }

  async *entries(table: string, range?: StoreRange): AsyncGenerator<readonly StoreEntry[]> {
    const entries = this.store.entries(table, range)[Symbol.asyncIterator]();
    for (let next = await this.test.busyFor(entries.next()); next.done !== true; next = await this.test.busyFor(entries.next()))
      yield next.value;
  }

  count(table: string): Promise<number> {
    return this.test.busyFor(this.store.count(table));
  }

  batch(): StoreBatch {
    const batch = this.store.batch();
    return {
      put: (...entry) => batch.put(...entry),
      delete: (...entry) => batch.delete(...entry),
      write: (notes) => this.test.busyFor(this.#write(batch, notes)),
    };
  }

  async #write(batch: StoreBatch, notes: ReadonlyMap<string, StoreNote>): Promise<void> {
    await this.test.faults.beforeWrite();
    if (this.stores.isClosed) throw new Error('the worker that writes was killed');
    await batch.write(notes);
  }

  clear(table: string): Promise<void> {
    return this.test.busyFor(this.store.clear(table));
  }

  discard(): void {
    this.store.discard();
  }

  close(): Promise<void> {
    return this.test.busyFor(this.store.close());
  }
}
