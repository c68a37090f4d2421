import type { Logger } from 'pino';
import type { CarefulOutlet } from '../agents/index.js';
import { asError, formatPosition, type Position, reason, TransportError } from '../errors/index.js';
import type { Consumer, GroupPosition, Producer } from '../transport/index.js';
import { type AssignedPartition, type Progress, progressOf } from './assigned-partition.js';
import type { Assignment } from './assignment.js';

/** Characters that a broker takes beside an offset, unless it was told otherwise. */
const metadataMax = 4_000;

/** One round of making finished work last. */
export interface Checkpoint {
  /**
   * Makes lasting what these partitions have finished: first what it produced, then the offsets. Rounds come one after another.
   * Rejects when what was produced did not arrive: then nothing of the round is committed, and the lanes have been rewound.
   */
  run(partitions?: readonly AssignedPartition[]): Promise<void>;
  /**
   * Says that what was produced since the last round must not become visible. Means something only in a transaction.
   * @returns whether that was not known yet
   */
  doom?(why: Error): boolean;
}

/** What a checkpoint works on at least once. */
export interface FlushThenCommitParts {
  readonly assignment: Assignment;
  readonly consumer: Consumer | undefined;
  readonly producer: Producer;
  readonly logger: Logger;
  readonly outlet: CarefulOutlet;
  /** Begins again from what is committed. */
  readonly rewind: (why: Error, isCareful: boolean) => Promise<void>;
  /** Told what has become lasting. */
  readonly committed: (position: Position) => void;
}

/** At least once: flush what was produced, then commit what was finished before the flush began. */
export class FlushThenCommit implements Checkpoint {
  readonly #parts: FlushThenCommitParts;
  #last: Promise<void> = Promise.resolve();

  constructor(parts: FlushThenCommitParts) {
    this.#parts = parts;
  }

  run(partitions?: readonly AssignedPartition[]): Promise<void> {
    const round = this.#last.then(() => this.#round(partitions ?? [...this.#parts.assignment]));
    this.#last = round.catch(() => undefined);
    return round;
  }

  async #round(partitions: readonly AssignedPartition[]): Promise<void> {
    const { assignment, consumer } = this.#parts;
    const noted = progressOf(partitions);
    await this.#flush();
    // One that was lost meanwhile and is ours again may be further on by now: the group would take the old offset.
    const finished = noted.filter(({ partition }) => assignment.has(partition));
    if (finished.length === 0 || consumer === undefined) return;
    try {
      await consumer.commit(finished.map(({ position }) => shortened(position)));
      for (const { position, committed } of finished) {
        committed();
        this.#parts.committed(position);
      }
    } catch (error) {
      this.#refused(error, finished);
    }
  }

  /** It is not known whose message was refused: everything since the last commit runs again, what was refused alone, until it is. */
  async #flush(): Promise<void> {
    const { producer, outlet, logger, rewind } = this.#parts;
    try {
      await producer.flush();
      outlet.delivered();
    } catch (error) {
      logger.warn({ error: reason(error) }, 'a message was refused: what is not committed runs again, to find whose it was');
      await rewind(asError(error), outlet.refused(error));
      throw error;
    }
  }

  /** A commit that the group does not take is tried again at the next checkpoint; if the partition has moved on, its new owner repeats the events. */
  #refused(error: unknown, finished: readonly Progress[]): void {
    if (error instanceof TransportError && error.fatal) throw error;
    const offsets = finished.map(({ position }) => formatPosition(position));
    this.#parts.logger.warn({ offsets, error: reason(error) }, 'the group did not take the offsets');
  }
}

/** What is noted beside an offset saves work that is done. Where there is more of it than a broker takes, that is done again. */
function shortened(position: GroupPosition): GroupPosition {
  const { metadata, ...at } = position;
  return metadata === undefined || metadata.length > metadataMax ? at : position;
}
