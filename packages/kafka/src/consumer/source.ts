import type { Position } from '@weir/core/internal/positions';
import type { Batch } from '@weir/core/internal/transport';
import { called } from '../driver/calls.js';
import type { DriverConsumer, DriverMessage } from '../driver/driver-types.js';
import { codes } from '../driver/errors.js';
import type { Attached } from '../fast/attach.js';
import { FastBatch } from '../fast/fast-batch.js';
import type { TakenRow } from '../fast/native.js';
import { group } from './driver-batch.js';

/** Where messages come from. Serves the client at the same time: rebalances, commits and errors come with it. */
export interface Source {
  /**
   * Whatever is there, at most `max` messages. Never two calls at a time.
   * @param failed told of what the client reports instead of messages
   */
  take(max: number, failed: (error: unknown) => void): Promise<readonly Batch[]>;
}

/** What a client reports in place of a message. The driver leaves out what it is about, unless it is the end of a partition. */
export interface Report extends Partial<Position> {
  readonly code: number;
  readonly message: string;
}

/** The driver itself: an object for each message. Of what goes wrong it keeps to itself what comes behind messages. */
export class DriverSource implements Source {
  readonly #consumer: DriverConsumer;
  /** Ends of partitions that come with the messages that are being taken. */
  readonly #ends: Report[] = [];

  constructor(consumer: DriverConsumer) {
    consumer.setDefaultConsumeTimeout(0);
    consumer.on('partition.eof', (end: Position) => this.#ends.push({ code: codes.partitionEnd, message: 'end of partition', ...end }));
    this.#consumer = consumer;
  }

  async take(max: number, failed: (error: unknown) => void): Promise<readonly Batch[]> {
    try {
      const batches = group(await called<DriverMessage[]>(this.#consumer, (done) => this.#consumer.consume(max, done)));
      for (const end of this.#ends.splice(0)) failed(end);
      return batches;
    } catch (error) {
      failed(error);
      return [];
    }
  }
}

/** A poll ends after about this much: large messages stay with the client, whose queue is bounded, until they are asked for. */
const takeBytesMax = 16 * 1_024 * 1_024;

/** The addon: columns for each partition. It takes on our thread what the client's threads have fetched, and never waits. */
export class FastSource implements Source {
  readonly #attached: Attached;

  constructor(attached: Attached) {
    this.#attached = attached;
  }

  async take(max: number, failed: (error: unknown) => void): Promise<readonly Batch[]> {
    // Whoever polls in a loop must let the rest of the process have its turn; what the driver has to say comes in one, too.
    await new Promise(setImmediate);
    const { addon, number } = this.#attached;
    return batches(addon.take(number, max, takeBytesMax) ?? [], failed);
  }
}

/** What the addon has taken; what the client reports goes to `failed`. */
export function batches(row: TakenRow, failed: (error: unknown) => void): readonly Batch[] {
  const found: Batch[] = [];
  for (let at = 0; at < row.length; ) {
    const topic = row[at] as string | null;
    if (topic === null) {
      const about = row[at + 3] as string | null;
      const place = about !== null && { topic: about, partition: row[at + 4] as number, offset: row[at + 5] as number };
      failed(Object.assign(new Error(row[at + 2] as string), { code: row[at + 1] as number, ...place }));
      at += 6;
      continue;
    }
    found.push(
      new FastBatch({
        topic,
        partition: row[at + 1] as number,
        length: row[at + 2] as number,
        sizeBytes: row[at + 3] as number,
        isAscii: row[at + 4] as boolean,
        hasHeaders: row[at + 5] as boolean,
        memory: row[at + 6] as ArrayBuffer,
      }),
    );
    at += 7;
  }
  return found;
}
