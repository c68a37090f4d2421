import type { GroupStore, StoreBatch, StoreNote, StoreRange } from '../../stores/index.js';
import type { Payload } from '../../transport/index.js';
import type { TableFormat } from '../table-format.js';
import type { CellCache } from './cell-cache.js';
import { OwedEntries, type OwedEntry } from './owed-entries.js';
import { StoredIndex } from './stored-index.js';
import { indexOf, namesOf, timedOf } from './stored-names.js';

/** A value as it stands in the store, and its event time, 0 where entries never expire. */
export interface StoredValue {
  readonly value: Buffer;
  readonly time: number;
}

/** Bytes of the time before a value. */
const timeBytes = 8;

/** A table of a store, as its shard sees it: what is stored, what is owed to it, and how far it has come. */
export class StoredTable {
  readonly #store: GroupStore;
  readonly #format: TableFormat;
  readonly #unreadable: (error: unknown) => unknown;
  readonly owed: OwedEntries;
  /** Whether the store has nothing of it for certain. */
  #isEmpty = false;
  /** The offset of the changelog before which everything is in the store once nothing is owed. */
  position = 0;
  /** When the shard last had everything that the changelog has. */
  seenAt = 0;
  topicId: string | undefined;
  /** How far the event time of its group had come. */
  time: number | undefined;
  /** Where the log began, of one that others write. */
  low: number | undefined;
  /** Where its entries expire: their order. */
  readonly index: StoredIndex | undefined;
  readonly name: string;
  /** What there may be of it in the store, in this form or the other. */
  readonly names: readonly string[];

  /**
   * @param unreadable told when the store cannot be read, and gives what whoever reads is to be told
   * @param storedAs what it is called in the store
   * @param cache bounds what is owed
   */
  constructor(store: GroupStore, format: TableFormat, unreadable: (error: unknown) => unknown, storedAs: string, cache: CellCache) {
    this.#store = store;
    this.owed = new OwedEntries(cache);
    this.#format = format;
    this.#unreadable = unreadable;
    const { ttlMs } = format;
    this.name = ttlMs === undefined ? storedAs : timedOf(storedAs);
    this.names = namesOf(storedAs);
    if (ttlMs === undefined) return;
    const keyOf = (cellKey: string) => format.keyPayload(cellKey);
    this.index = new StoredIndex(store, ttlMs, indexOf(storedAs), keyOf, (bytes) => format.cellKeyOf(bytes), unreadable);
  }

  /** What was noted when it was last written. */
  get note(): StoreNote | undefined {
    return this.#store.notes.get(this.name);
  }

  /** What is stored under a key. What is owed is not looked at. */
  get(cellKey: string): StoredValue | undefined {
    if (this.#isEmpty) return undefined;
    try {
      const bytes = this.#store.get(this.name, this.#format.keyPayload(cellKey));
      return bytes === undefined ? undefined : this.#read(bytes);
    } catch (error) {
      throw this.#unreadable(error);
    }
  }

  #read(bytes: Buffer): StoredValue {
    if (this.index === undefined) return { value: bytes, time: 0 };
    return { value: bytes.subarray(timeBytes), time: bytes.readDoubleBE(0) };
  }

  /** In the order of the keys' bytes, as they are when the first are asked for. */
  async *entries(range: StoreRange | undefined): AsyncGenerator<readonly (readonly [key: Buffer, value: Buffer, time: number])[]> {
    try {
      for await (const some of this.#store.entries(this.name, range))
        yield some.map(([key, bytes]) => {
          const { value, time } = this.#read(bytes);
          return [key, value, time];
        });
    } catch (error) {
      throw this.#unreadable(error);
    }
  }

  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  /** Everything of it was taken out of the store. */
  cleared(): void {
    this.#isEmpty = true;
  }

  /** Stages what came from the changelog, as it came. */
  stageOwed(batch: StoreBatch, cellKey: string, { value, time }: OwedEntry): void {
    this.stage(batch, cellKey, value === undefined ? null : this.#format.payload(value), time);
  }

  /**
   * @param value null for a key that is not there
   * @param formerly the time of the value that the store has
   */
  stage(batch: StoreBatch, cellKey: string, value: Payload, time: number, formerly?: number): void {
    const key = this.#format.keyPayload(cellKey);
    this.#isEmpty = false;
    if (value === null) batch.delete(this.name, key);
    else if (this.index === undefined) batch.put(this.name, key, value);
    else {
      batch.put(this.name, key, timed(value, time));
      this.index.stage(batch, cellKey, time, formerly);
    }
  }

  /**
   * What is to be noted with a batch: how far it has come, or, while something is owed, that more of it may be there than stands in the note. What has no note
   * gets none then: it is not known what of it was deleted since.
   */
  noteWith(size: number): StoreNote | undefined {
    const { note, position, topicId, seenAt, time, low } = this;
    const known = { ...(topicId !== undefined && { topicId }), ...(time !== undefined && { time }), ...(low !== undefined && { low }) };
    if (this.owed.size === 0) return { position, seenAt, size, ...known };
    return note === undefined || note.size < 0 ? undefined : { ...note, size: -1 };
  }
}

function timed(value: Uint8Array | string, time: number): Buffer {
  const before = Buffer.alloc(timeBytes);
  before.writeDoubleBE(time);
  return Buffer.concat([before, typeof value === 'string' ? Buffer.from(value) : value]);
}
