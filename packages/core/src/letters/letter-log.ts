import { TransportError } from '../errors/index.js';
import type { Clock } from '../time/index.js';
import type { Batch, Consumer, Transport } from '../transport/index.js';
import { markHeaders } from './marks.js';

/** A stretch of one partition to be read. */
export interface Range {
  readonly partition: number;
  readonly from: number;
  /** The offset to stop before. */
  readonly to: number;
  /** Whether a message that can be read is known to lie just before `to`: then the range is read only when it has come. */
  readonly isCertain: boolean;
}

/** A message of the log. */
export interface Found {
  readonly batch: Batch;
  readonly index: number;
}

/**
 * How often in a row nothing may come, a second each, before a range counts as read whose last offsets may be hidden: those of transactions that
 * were aborted, and the markers of all.
 */
const QUIET_POLLS = 2;
/** How long a message that is known to be there may take. A transaction that was left open ends within a minute by itself. */
const PATIENCE_MS = 120_000;

/** Reads a dead-letter topic, without a group. */
export class LetterLog {
  readonly topic: string;
  readonly #consumer: Consumer;
  readonly #clock: Clock;
  readonly #partitions: number;

  private constructor(topic: string, consumer: Consumer, clock: Clock, partitions: number) {
    this.topic = topic;
    this.#consumer = consumer;
    this.#clock = clock;
    this.#partitions = partitions;
  }

  /** Undefined when there is no such topic. */
  static async open(transport: Transport, topic: string, clock: Clock): Promise<LetterLog | undefined> {
    const admin = await transport.admin();
    const [found] = await admin.describe([topic]);
    await admin.close();
    if (found === undefined) return undefined;
    return new LetterLog(topic, await transport.consumer({ group: null }), clock, found.partitions);
  }

  get consumer(): Consumer {
    return this.#consumer;
  }

  /** What there is to be read now, of each partition that holds anything. */
  async ranges(): Promise<Range[]> {
    const partitions = Array.from({ length: this.#partitions }, (_, partition) => partition);
    const ranges = await Promise.all(partitions.map((partition) => this.#range(partition)));
    return ranges.filter(({ from, to }) => from < to);
  }

  async #range(partition: number): Promise<Range> {
    const { low, high } = await this.#consumer.watermarks({ topic: this.topic, partition });
    return { partition, from: low, to: high, isCertain: false };
  }

  /** The messages of ranges, one for each partition; of a partition in order. Ends early when the signal is aborted. */
  async *read(ranges: readonly Range[], signal?: AbortSignal): AsyncGenerator<Found> {
    const open = new Map(ranges.filter(({ from, to }) => from < to).map((range) => [range.partition, range]));
    if (open.size === 0) return;
    const wake = (): void => this.#consumer.wake();
    signal?.addEventListener('abort', wake, { once: true });
    try {
      await this.#consumer.assign([...open.values()].map(({ partition, from }) => ({ topic: this.topic, partition, offset: from })));
      yield* this.#read(open, signal);
    } finally {
      signal?.removeEventListener('abort', wake);
    }
  }

  async *#read(open: Map<number, Range>, signal: AbortSignal | undefined): AsyncGenerator<Found> {
    let quiet = 0;
    let heard = this.#clock.now();
    while (open.size > 0 && signal?.aborted !== true) {
      const batches = await this.#consumer.poll();
      quiet = batches.length === 0 ? quiet + 1 : 0;
      for (const batch of batches) yield* this.#within(batch, open);
      // The wait of whoever reads does not count.
      if (quiet === 0) heard = this.#clock.now();
      for (const range of open.values()) if (await this.#isRead(range, quiet)) open.delete(range.partition);
      if (open.size > 0 && this.#clock.now() - heard > PATIENCE_MS) throw this.#silent([...open.keys()]);
    }
  }

  async #isRead({ partition, to, isCertain }: Range, quiet: number): Promise<boolean> {
    const at = { topic: this.topic, partition };
    const position = this.#consumer.position?.(at);
    if (position !== undefined && position >= to) return true;
    if (isCertain || quiet === 0) return false;
    // Asked of the broker that holds the partition: silence counts only when it answers.
    await this.#consumer.watermarks(at);
    return quiet >= QUIET_POLLS;
  }

  #silent(partitions: readonly number[]): TransportError {
    return new TransportError(
      `${this.topic} was not read to its end: partition ${partitions.join(', ')} gives nothing. A transaction may be open in it; try again in a minute`,
      { code: 'BROKER_UNREACHABLE', retriable: true },
    );
  }

  close(): Promise<void> {
    return this.#consumer.close();
  }

  /** The messages of a batch that lie in its range. A range that ends in it is taken away. */
  *#within(batch: Batch, open: Map<number, Range>): Generator<Found> {
    const range = open.get(batch.partition);
    if (range === undefined) return;
    for (let index = 0; index < batch.length; index++) {
      const offset = batch.offset(index);
      if (offset < range.from) continue;
      if (offset < range.to) yield { batch, index };
      if (!this.#isLast(batch, index, range)) continue;
      open.delete(batch.partition);
      return;
    }
  }

  /** What is known to be written in a transaction, which has ended before the range does, is followed by a marker: when one offset is left, it is that. */
  #isLast(batch: Batch, index: number, { to }: Range): boolean {
    const left = to - 1 - batch.offset(index);
    return left <= 0 || (left === 1 && batch.hasHeader(index, markHeaders.inTransaction));
  }
}
