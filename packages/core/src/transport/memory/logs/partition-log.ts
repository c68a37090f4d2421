import type { TopicPartition } from '../../../positions/index.js';
import type { HeaderPair } from '../../payload.js';
import type { Transaction } from '../transactions/transaction.js';

export type Isolation = 'committed' | 'uncommitted';

/** The bytes of a message and when it was made. Never changed once written. */
export interface Content {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly HeaderPair[];
  readonly timestamp: number;
}

/** What lies at one offset: a message, or the marker that ends a transaction. */
export interface Entry extends Content {
  readonly offset: number;
  /** Counts what was written to the broker, in whichever topic. */
  readonly turn: number;
  readonly isMarker: boolean;
  readonly transaction: Transaction | undefined;
}

/** What a read gives: messages, and the offset to read on from. */
export interface Reading {
  readonly entries: readonly Entry[];
  readonly next: number;
}

/** The log of one partition. Offsets have gaps where a transaction ended, was aborted, or where the log was compacted. */
export class PartitionLog implements TopicPartition {
  readonly #open = new Map<Transaction, number>();
  #entries: Entry[] = [];
  #low = 0;
  #end = 0;

  constructor(
    readonly topic: string,
    readonly partition: number,
    private readonly nextTurn: () => number,
  ) {}

  /** The first offset that can be read. */
  get low(): number {
    return this.#low;
  }

  /** The offset after the last message that can be read: for `committed` no open transaction begins before it. */
  end(isolation: Isolation): number {
    if (isolation === 'uncommitted' || this.#open.size === 0) return this.#end;
    return Math.min(...this.#open.values());
  }

  /** Writes a message and returns its offset. */
  append(content: Content, transaction?: Transaction): number {
    if (transaction !== undefined && !this.#open.has(transaction)) {
      this.#open.set(transaction, this.#end);
      transaction.touch(this);
    }
    return this.#write(content, false, transaction);
  }

  /** Writes the marker that ends a transaction. */
  mark(transaction: Transaction, timestamp: number): void {
    this.#open.delete(transaction);
    this.#write({ key: null, value: null, headers: [], timestamp }, true, transaction);
  }

  /** At most so many messages from an offset on. What is hidden is passed over: `next` may lie far behind the last message. */
  read(from: number, max: number, isolation: Isolation): Reading {
    const end = this.end(isolation);
    const entries: Entry[] = [];
    let next = from;
    for (let index = this.#indexOf(from); index < this.#entries.length && entries.length < max; index++) {
      const entry = this.#entries[index]!;
      if (entry.offset >= end) break;
      if (isVisible(entry, isolation)) entries.push(entry);
      next = entry.offset + 1;
    }
    return { entries, next: entries.length < max ? Math.max(next, end) : next };
  }

  /** How many messages can be read from an offset on. */
  count(from: number, isolation: Isolation): number {
    return this.read(from, Number.POSITIVE_INFINITY, isolation).entries.length;
  }

  hasMore(from: number, isolation: Isolation): boolean {
    return this.read(from, 1, isolation).entries.length > 0;
  }

  /** Keeps the last message of every key, as the log cleaner does, up to the first open transaction. Offsets stay. */
  compact(): void {
    const end = this.end('committed');
    const last = new Map<string, number>();
    for (const { key, offset, isMarker, transaction } of this.#entries) {
      if (key !== null && !isMarker && offset < end && transaction?.isCommitted !== false) last.set(key.toString('latin1'), offset);
    }
    this.#entries = this.#entries.filter(
      ({ key, offset, isMarker, transaction }) =>
        offset >= end || isMarker || (transaction?.isCommitted !== false && (key === null || last.get(key.toString('latin1')) === offset)),
    );
  }

  /** Drops what lies before an offset, as retention does. */
  truncate(offset: number): void {
    this.#low = Math.min(Math.max(offset, this.#low), this.#end);
    this.#entries = this.#entries.slice(this.#indexOf(this.#low));
  }

  #write(content: Content, isMarker: boolean, transaction: Transaction | undefined): number {
    const offset = this.#end++;
    this.#entries.push({ ...content, offset, turn: this.nextTurn(), isMarker, transaction });
    return offset;
  }

  /** Where the first entry at or after an offset stands. */
  #indexOf(offset: number): number {
    let from = 0;
    let to = this.#entries.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.#entries[middle]!.offset < offset) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

function isVisible({ isMarker, transaction }: Entry, isolation: Isolation): boolean {
  return !isMarker && (isolation === 'uncommitted' || transaction === undefined || transaction.isCommitted);
}
