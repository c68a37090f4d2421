import type { Logger } from 'pino';
import type { CarefulOutlet } from '../agents/index.js';
import { asError, formatPosition, type Position, reason, TransportError } from '../errors/index.js';
import type { Consumer, Producer } from '../transport/index.js';
import type { AssignedPartition } from './assigned-partition.js';
import type { Assignment } from './assignment.js';

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

/** At least once: flush what was produced, then commit what was finished before the flush began. */
export class FlushThenCommit implements Checkpoint {
  #last: Promise<void> = Promise.resolve();

  constructor(
    private readonly assignment: Assignment,
    private readonly consumer: Consumer | undefined,
    private readonly producer: Producer,
    private readonly logger: Logger,
    private readonly outlet: CarefulOutlet,
    /** Begins again from what is committed. */
    private readonly rewind: (why: Error, isCareful: boolean) => Promise<void>,
  ) {}

  run(partitions?: readonly AssignedPartition[]): Promise<void> {
    const round = this.#last.then(() => this.#round(partitions ?? [...this.assignment]));
    this.#last = round.catch(() => undefined);
    return round;
  }

  async #round(partitions: readonly AssignedPartition[]): Promise<void> {
    const finished = captureFinished(partitions);
    await this.#flush();
    if (finished.length === 0 || this.consumer === undefined) return;
    try {
      await this.consumer.commit(finished.map(({ position }) => position));
      for (const { partition, position } of finished) partition.committed = Math.max(partition.committed, position.offset);
    } catch (error) {
      this.#refused(error, finished);
    }
  }

  /** It is not known whose message was refused: everything since the last commit runs again, what was refused alone, until it is. */
  async #flush(): Promise<void> {
    try {
      await this.producer.flush();
      this.outlet.delivered();
    } catch (error) {
      this.logger.warn({ error: reason(error) }, 'a message was refused: what is not committed runs again, to find whose it was');
      await this.rewind(asError(error), this.outlet.refused(error));
      throw error;
    }
  }

  /** A commit that the group does not take is tried again at the next checkpoint; if the partition has moved on, its new owner repeats the events. */
  #refused(error: unknown, finished: readonly Finished[]): void {
    if (error instanceof TransportError && error.fatal) throw error;
    const offsets = finished.map(({ position }) => formatPosition(position));
    this.logger.warn({ offsets, error: reason(error) }, 'the group did not take the offsets');
  }
}

/** How far a partition was finished at one moment. */
interface Finished {
  readonly partition: AssignedPartition;
  readonly position: Position;
}

/** What is finished now and the group does not have. */
function captureFinished(partitions: readonly AssignedPartition[]): Finished[] {
  return partitions.flatMap((partition) => {
    const offset = partition.committable;
    return offset === undefined ? [] : [{ partition, position: { topic: partition.topic, partition: partition.partition, offset } }];
  });
}
