import type { Batch } from '../transport/index.js';

/** The batches that a lane has not begun yet, read one message at a time without making an object for any. */
export class LaneQueue {
  readonly #batches: Batch[] = [];
  #index = -1;
  /** Messages not begun. */
  waiting = 0;
  /** Bytes of the batches that still have messages waiting. */
  bytes = 0;

  push(batch: Batch): void {
    if (batch.length === 0) return;
    this.#batches.push(batch);
    this.waiting += batch.length;
    this.bytes += batch.sizeBytes;
  }

  /** Moves to the next message. False when there is none. */
  advance(): boolean {
    if (this.waiting === 0) {
      // A finished batch is let go at once: kept until the next one comes, its messages would outlive the young heap.
      this.clear();
      return false;
    }
    if (++this.#index === this.#batches[0].length) {
      this.bytes -= (this.#batches.shift() as Batch).sizeBytes;
      this.#index = 0;
    }
    this.waiting--;
    return true;
  }

  /** The batch of the message moved to last. */
  get batch(): Batch {
    return this.#batches[0];
  }

  get index(): number {
    return this.#index;
  }

  /** The next message that waits: its batch, and its index there. */
  get next(): { readonly batch: Batch; readonly index: number } | undefined {
    if (this.waiting === 0) return undefined;
    const index = this.#index + 1;
    return index < this.#batches[0].length ? { batch: this.#batches[0], index } : { batch: this.#batches[1], index: 0 };
  }

  get nextOffset(): number | undefined {
    const { next } = this;
    return next?.batch.offset(next.index);
  }

  clear(): void {
    this.#batches.length = 0;
    this.#index = -1;
    this.waiting = 0;
    this.bytes = 0;
  }
}
