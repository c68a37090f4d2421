import type { GroupStore, StoreBatch, StoreKey } from '../../stores/index.js';
import { bucketMsOf, type ExpiryIndex, type Offer } from '../expiry/expiry-index.js';
import { Slices } from '../slices.js';

/** Bytes of the number of a bucket before a key: in the order of numbers. */
const bucketBytes = 6;

/** The buckets of a shard in its store, as a table of their own: each key under the bucket of each time at which it was written. */
export class StoredIndex implements ExpiryIndex {
  readonly #store: GroupStore;
  readonly #bucketMs: number;
  /** Everything in buckets before this one is settled. */
  #from = 0;
  /** What is settled and still there: it goes with the next checkpoint, as the changes do with which it was settled. */
  #open: Buffer[] = [];
  #closed: Buffer[] = [];

  /**
   * @param name of its table in the store
   * @param keyOf gives a key as it stands there
   * @param cellKeyOf the other way round
   * @param unreadable told when the store cannot be read, and gives what whoever reads is to be told
   */
  constructor(
    store: GroupStore,
    ttlMs: number,
    readonly name: string,
    private readonly keyOf: (cellKey: string) => StoreKey,
    private readonly cellKeyOf: (bytes: Buffer) => string,
    private readonly unreadable: (error: unknown) => unknown,
  ) {
    this.#store = store;
    this.#bucketMs = bucketMsOf(ttlMs);
  }

  /** What stands in the store is noted when it is put there. */
  note(): void {}

  /** @param formerly the time under which the store has the key already */
  stage(batch: StoreBatch, cellKey: string, time: number, formerly: number | undefined): void {
    const bucket = Math.floor(time / this.#bucketMs);
    if (formerly !== undefined && bucket >= this.#from && Math.floor(formerly / this.#bucketMs) === bucket) return;
    this.#from = Math.min(this.#from, bucket);
    const key = this.keyOf(cellKey);
    batch.put(this.name, Buffer.concat([startOf(bucket), typeof key === 'string' ? Buffer.from(key) : key]), '');
  }

  prepare(): void {
    this.#closed = [...this.#closed, ...this.#open];
    this.#open = [];
  }

  /** Takes out what was settled when the closed generation was. Before what that has changed is staged. */
  stageSettled(batch: StoreBatch): void {
    for (const key of this.#closed) batch.delete(this.name, key);
  }

  committed(): void {
    this.#closed = [];
  }

  /** What was settled is not. */
  dropped(): void {
    this.#open = [];
    this.#closed = [];
    this.#from = 0;
  }

  async sweep(before: number, offer: Offer, isToStop: () => boolean): Promise<void> {
    const to = Math.floor(before / this.#bucketMs);
    if (to <= this.#from) return;
    try {
      await this.#sweep(to, offer, isToStop);
    } catch (error) {
      throw this.unreadable(error);
    }
  }

  async #sweep(to: number, offer: Offer, isToStop: () => boolean): Promise<void> {
    const slices = new Slices();
    let isSettled = true;
    for await (const some of this.#store.entries(this.name, { from: startOf(this.#from), to: startOf(to) }))
      for (const [key] of some) {
        if (isToStop()) return;
        if (offer(this.cellKeyOf(key.subarray(bucketBytes)))) this.#open.push(key);
        else isSettled = false;
        if (slices.isOver()) await slices.next();
      }
    if (isSettled) this.#from = to;
  }
}

function startOf(bucket: number): Buffer {
  const bytes = Buffer.alloc(bucketBytes);
  bytes.writeUIntBE(bucket, 0, bucketBytes);
  return bytes;
}
