import type { TopicPartition } from '../positions/index.js';
import type { Batch } from './batch.js';

/** What a reader is opened with. */
export interface ReaderOptions {
  /** Whether messages of open or aborted transactions are left out. @default 'committed' */
  readonly isolation?: 'committed' | 'uncommitted';
  /** The most messages that one `poll` returns. @default 1000 */
  readonly maxPollMessages?: number;
}

/** A place to start reading. */
export interface StartPosition extends TopicPartition {
  readonly offset: number | 'earliest' | 'latest';
}

/** How far the log of a partition goes. */
export interface LogEnds {
  /** The first offset that can be read. */
  readonly low: number;
  /** The offset before which every transaction is decided: as far as a reader with `isolation: 'committed'` comes. */
  readonly stable: number;
  /** The high watermark: the offset after the last message that is written on all replicas, decided or not. */
  readonly high: number;
}

/**
 * Reads partitions without a group, and commits nothing: whoever reads knows where it stands. Recovery and dead letters read through it.
 * A reader that is closed rejects every call with `LIFECYCLE_ORDER`.
 */
export interface Reader {
  /**
   * Begins to read partitions, beside those it reads already; one of those goes on from its new place, and no message from before comes after this has resolved.
   * `latest` is the end at the time of the call.
   */
  add(positions: readonly StartPosition[]): Promise<void>;
  /** Reads these no longer. No message of theirs comes after it has resolved. */
  remove(partitions: readonly TopicPartition[]): Promise<void>;
  /**
   * The next messages, as one batch for each partition. Waits for some while there are none, at most a second or until `wake`, and answers early, with an
   * empty list too, when a position has moved on without a message. While the broker is away it waits. Never two calls at a time.
   *
   * A partition that cannot be read is an error of this poll and of each after it, until that partition is removed or added anew. No message is lost by that.
   * @throws TransportError with the `partition`: `OFFSET_OUT_OF_RANGE` when its log begins after its position, or ends before it; `TOPIC_MISSING`
   */
  poll(): Promise<readonly Batch[]>;
  /** Ends a waiting `poll`. */
  wake(): void;
  /**
   * The offset to be read next; what lies before it has been given out by `poll`, or holds nothing that this reader may see: markers of transactions, messages of
   * aborted ones, what compaction took. At the end of a log it is the end. Undefined until it is known where a partition begins, and for one that is not read.
   */
  position(partition: TopicPartition): number | undefined;
  /**
   * Asks the brokers how far these logs go. They need not be read. In the order of the question.
   * @throws TransportError `TOPIC_MISSING`, `BROKER_UNREACHABLE`
   */
  ends(partitions: readonly TopicPartition[]): Promise<readonly LogEnds[]>;
  /** Safe to call twice and with the broker gone. */
  close(): Promise<void>;
}
