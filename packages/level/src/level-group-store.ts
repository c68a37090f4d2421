import { statfs } from 'node:fs/promises';
import type { GroupStore, StoreBatch, StoreEntry, StoreKey, StoreNote, StoreRange } from '@weir/core/internal/stores';
import { failed } from './failed.js';
import { bytesOf, firstOf, keyOf, lastOf, noteOf, tableOf } from './keys.js';
import type { Level } from './level.js';
import { LevelBatch } from './level-batch.js';
import { isRefused } from './refusals.js';

/** Entries and keys that LevelDB gives at a time. */
const entriesAtATime = 1_000;
const keysAtATime = 10_000;

const asBytes = { keyEncoding: 'buffer', valueEncoding: 'buffer' } as const;

/** A database with the tables of one partition group. */
export class LevelGroupStore implements GroupStore {
  readonly #level: Level;
  readonly #folder: string;
  readonly #setAside: (folder: string) => void;
  readonly #notes: Map<string, StoreNote>;
  #isDiscarded = false;
  /** Whether the system has refused to read: that says nothing of what is stored. */
  #wasRefused = false;
  /** What a write has failed with half-way. */
  #broken: unknown;
  #failure: unknown;
  #closing: Promise<void> | undefined;
  #hasClosed!: () => void;
  readonly closed: Promise<void>;

  private constructor(level: Level, folder: string, setAside: (folder: string) => void, notes: Map<string, StoreNote>) {
    this.#level = level;
    this.#folder = folder;
    this.#setAside = setAside;
    this.#notes = notes;
    this.closed = new Promise((resolve) => {
      this.#hasClosed = resolve;
    });
  }

  /** @param setAside moves the folder away */
  static async of(level: Level, folder: string, setAside: (folder: string) => void): Promise<LevelGroupStore> {
    return new LevelGroupStore(level, folder, setAside, await readNotes(level));
  }

  get failure(): unknown {
    return this.#failure;
  }

  get notes(): ReadonlyMap<string, StoreNote> {
    return this.#notes;
  }

  get(table: string, key: StoreKey): Buffer | undefined {
    try {
      const found = typeof key === 'string' ? this.#level.getSync(keyOf(table, key)) : this.#level.getSync(bytesOf(table, key), asBytes);
      return found as Buffer | undefined;
    } catch (error) {
      throw this.#unread(error);
    }
  }

  async *entries(table: string, { from, to }: StoreRange = {}): AsyncGenerator<readonly StoreEntry[]> {
    const first = firstOf(table);
    const range = { gte: bytesOf(table, from ?? ''), lt: to === undefined ? lastOf(table) : bytesOf(table, to) };
    const iterator = this.#level.iterator<Buffer, Buffer>({ ...range, ...asBytes });
    try {
      for (let some = await iterator.nextv(entriesAtATime); some.length > 0; some = await iterator.nextv(entriesAtATime))
        yield some.map(([key, value]): StoreEntry => [key.subarray(first.length), value]);
    } catch (error) {
      throw this.#unread(error);
    } finally {
      await iterator.close();
    }
  }

  async count(table: string): Promise<number> {
    const iterator = this.#level.keys<Buffer>({ gte: firstOf(table), lt: lastOf(table), keyEncoding: 'buffer' });
    let count = 0;
    try {
      for (let some = await iterator.nextv(keysAtATime); some.length > 0; some = await iterator.nextv(keysAtATime)) count += some.length;
    } catch (error) {
      throw this.#unread(error);
    } finally {
      await iterator.close();
    }
    return count;
  }

  /** What is damaged is not opened again. */
  #unread(error: unknown): unknown {
    if (isRefused(error)) this.#wasRefused = true;
    else this.discard();
    return failed(this.#folder, error);
  }

  batch(): StoreBatch {
    return new LevelBatch({
      level: this.#level,
      folder: this.#folder,
      freeBytes: async () => {
        const { bavail, bsize } = await statfs(this.#folder);
        return bavail * bsize;
      },
      broken: () => this.#broken,
      written: (notes) => {
        for (const [table, note] of notes) this.#notes.set(table, note);
      },
      failed: (error) => {
        this.#broken ??= error;
        // What LevelDB reads while it writes may be damaged.
        if (!isRefused(error)) this.discard();
      },
      ended: (failure) => {
        this.#failure = failure;
      },
    });
  }

  async clear(table: string): Promise<void> {
    try {
      await this.#level.del(noteOf(table));
      this.#notes.delete(table);
      await this.#level.clear({ gte: firstOf(table), lt: lastOf(table), keyEncoding: 'buffer' });
    } catch (error) {
      this.#broken ??= error;
      throw this.#unread(error);
    }
  }

  discard(): void {
    // What fails because it is being closed is sound.
    this.#isDiscarded ||= this.#closing === undefined && !this.#wasRefused;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      await this.#level.close();
      if (this.#isDiscarded) this.#setAside(this.#folder);
    } finally {
      this.#hasClosed();
    }
  }
}

/** A note that cannot be read is none. */
async function readNotes(level: Level): Promise<Map<string, StoreNote>> {
  const notes = new Map<string, StoreNote>();
  for await (const [key, value] of level.iterator<string, string>({ gte: noteOf(''), lt: noteOf('\xff'), valueEncoding: 'utf8' })) {
    try {
      notes.set(tableOf(key), JSON.parse(value) as StoreNote);
    } catch {}
  }
  return notes;
}
