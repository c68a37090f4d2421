import { Slices } from '../slices.js';
import { bucketMsOf, type ExpiryIndex, type Offer } from './expiry-index.js';

/** The buckets of a shard all of which is in memory. */
export class MemoryIndex implements ExpiryIndex {
  readonly #bucketMs: number;
  readonly #buckets = new Map<number, Set<string>>();

  constructor(ttlMs: number) {
    this.#bucketMs = bucketMsOf(ttlMs);
  }

  note(key: string, time: number): void {
    const number = Math.floor(time / this.#bucketMs);
    const bucket = this.#buckets.get(number);
    if (bucket === undefined) this.#buckets.set(number, new Set([key]));
    else bucket.add(key);
  }

  async sweep(before: number, offer: Offer, isToStop: () => boolean): Promise<void> {
    const slices = new Slices();
    for (const [number, keys] of this.#buckets) {
      if ((number + 1) * this.#bucketMs > before) continue;
      for (const key of keys) {
        if (isToStop()) return;
        if (offer(key)) keys.delete(key);
        if (slices.isOver()) await slices.next();
      }
      if (keys.size === 0) this.#buckets.delete(number);
    }
  }
}
