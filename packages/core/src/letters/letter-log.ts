import { TransportError } from '../errors/index.js';
import type { Clock } from '../time/index.js';
import { askAdmin, type Batch, type Reader, type Transport } from '../transport/index.js';

/** A stretch of one partition to be read. */
export interface Range {
  readonly partition: number;
  readonly from: number;
  /** The offset to stop before. */
  readonly to: number;
}

/** A message of the log. */
export interface Found {
  readonly batch: Batch;
  readonly index: number;
}

/** How long nothing may be read. A transaction that was left open ends within a minute by itself. */
const PATIENCE_MS = 120_000;

/** Reads a dead-letter topic. */
export class LetterLog {
  readonly topic: string;
  readonly #reader: Reader;
  readonly #clock: Clock;
  readonly #partitions: number;

  private constructor(topic: string, reader: Reader, clock: Clock, partitions: number) {
    this.topic = topic;
    this.#reader = reader;
    this.#clock = clock;
    this.#partitions = partitions;
  }

  /** Undefined when there is no such topic. */
  static async open(transport: Transport, topic: string, clock: Clock): Promise<LetterLog | undefined> {
    const [found] = await askAdmin(transport, (admin) => admin.describe([topic]));
    if (found === undefined) return undefined;
    return new LetterLog(topic, await transport.reader(), clock, found.partitions);
  }

  /**
   * What there is to be read now, of each partition that holds anything.
   * @param end `stable`: before the first transaction that is not decided. `high`: all that is written; a read waits until it is decided
   */
  async ranges(end: 'stable' | 'high'): Promise<Range[]> {
    const partitions = Array.from({ length: this.#partitions }, (_, partition) => ({ topic: this.topic, partition }));
    const ends = await this.#reader.ends(partitions);
    return ends.map((each, partition) => ({ partition, from: each.low, to: each[end] })).filter(({ from, to }) => from < to);
  }

  /** The messages of ranges, one for each partition; of a partition in order. Ends early when the signal is aborted. */
  async *read(ranges: readonly Range[], signal?: AbortSignal): AsyncGenerator<Found> {
    const open = new Map(ranges.filter(({ from, to }) => from < to).map((range) => [range.partition, range]));
    if (open.size === 0) return;
    const wake = (): void => this.#reader.wake();
    signal?.addEventListener('abort', wake, { once: true });
    try {
      await this.#reader.add([...open.values()].map(({ partition, from }) => ({ topic: this.topic, partition, offset: from })));
      yield* this.#read(open, signal);
    } finally {
      signal?.removeEventListener('abort', wake);
      await this.#leave([...open.keys()]);
    }
  }

  async *#read(open: Map<number, Range>, signal: AbortSignal | undefined): AsyncGenerator<Found> {
    let heard = this.#clock.now();
    while (open.size > 0 && signal?.aborted !== true) {
      const batches = await this.#reader.poll();
      for (const batch of batches) yield* within(batch, open.get(batch.partition));
      const read = [...open.values()].filter(({ partition, to }) => (this.#reader.position({ topic: this.topic, partition }) ?? -1) >= to);
      for (const { partition } of read) open.delete(partition);
      await this.#leave(read.map(({ partition }) => partition));
      // The wait of whoever reads does not count.
      if (batches.length > 0 || read.length > 0) heard = this.#clock.now();
      if (open.size > 0 && this.#clock.now() - heard > PATIENCE_MS) throw this.#silent([...open.keys()]);
    }
  }

  async #leave(partitions: readonly number[]): Promise<void> {
    if (partitions.length > 0) await this.#reader.remove(partitions.map((partition) => ({ topic: this.topic, partition })));
  }

  #silent(partitions: readonly number[]): TransportError {
    return new TransportError(
      `${this.topic} was not read to its end: partition ${partitions.join(', ')} gives nothing. A transaction may be open in it; try again in a minute`,
      { code: 'BROKER_UNREACHABLE', retriable: true },
    );
  }

  close(): Promise<void> {
    return this.#reader.close();
  }
}

/** The messages of a batch that lie in its range. */
function* within(batch: Batch, range: Range | undefined): Generator<Found> {
  if (range === undefined) return;
  for (let index = 0; index < batch.length && batch.offset(index) < range.to; index++) yield { batch, index };
}
