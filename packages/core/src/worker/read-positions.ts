import { asError, TransportError } from '../errors/index.js';
import type { Observers } from '../observers/index.js';
import type { AssignedPartition, Assignment, PartitionGroup, PollLoop } from '../partitions/index.js';
import type { Position, TopicPartition } from '../positions/index.js';
import type { Clock } from '../time/index.js';
import { type Consumer, untilAnswered } from '../transport/index.js';

export interface ReadPositionsParts {
  readonly assignment: Assignment;
  readonly consumer: Consumer;
  readonly loop: PollLoop;
  readonly clock: Clock;
  readonly observers: Observers;
  /** Takes a partition over that begins anew. */
  readonly take: (at: TopicPartition) => void;
  readonly isStopped: () => boolean;
  readonly fail: (error: Error) => void;
}

/** Changes where partitions are read, with no message under way. One such change comes after another. */
export class ReadPositions {
  readonly #parts: ReadPositionsParts;
  #last: Promise<void> = Promise.resolve();

  constructor(parts: ReadPositionsParts) {
    this.#parts = parts;
  }

  /** Groups begin again from what is committed. */
  rewind(why: Error, groups: readonly PartitionGroup[], restart: Parameters<PartitionGroup['restart']>[0]): Promise<void> {
    return this.#suspended(async () => {
      // One that was lost and came back meanwhile is another, which begins where the consumer group says; so does one that has not begun.
      const ours = groups.filter(({ isOurs, phase }) => isOurs && phase !== 'recovering');
      for (const { set, number } of ours) this.#parts.observers.tell('rewound', { set, number, why });
      await this.#seek(ours.flatMap((group) => group.rewind(why)));
      for (const group of ours) group.restart(restart);
    });
  }

  /** Asks again for what should have come, unless some has, or it was rewound. */
  again(partition: AssignedPartition, from: Position): Promise<void> {
    const { position } = partition;
    return this.#suspended(async () => {
      if (partition.position === position && this.#parts.assignment.has(partition)) await this.#seek([from]);
    });
  }

  /** Reads a partition from the beginning of its log: its topic was deleted and made anew. It was taken out of the assignment, and is taken over then. */
  async fromBeginning({ topic, partition }: TopicPartition): Promise<void> {
    const { clock, fail } = this.#parts;
    const begin = () => this.#suspended(() => this.#fromBeginning({ topic, partition }));
    await untilAnswered(begin, clock).catch((error: unknown) => fail(asError(error)));
  }

  async #fromBeginning(at: TopicPartition): Promise<void> {
    const { consumer, assignment, take, isStopped } = this.#parts;
    // It may have been handed over, and have come back as another.
    if (assignment.find(at) !== undefined || isStopped()) return;
    try {
      const { low } = await consumer.watermarks(at);
      await consumer.seek([{ ...at, offset: low }]);
    } catch (error) {
      // It is being handed over, and begins as another one if it comes back.
      if (error instanceof TransportError && error.code === 'PARTITION_NOT_OWNED') return;
      throw error;
    }
    if (assignment.find(at) !== undefined) return;
    consumer.resume([at]);
    take(at);
  }

  #suspended(change: () => Promise<void>): Promise<void> {
    const { loop } = this.#parts;
    const changed = this.#last.then(async () => {
      await loop.suspend();
      try {
        await change();
      } finally {
        loop.resume();
      }
    });
    this.#last = changed.catch(() => undefined);
    return changed;
  }

  /** Of those that are still ours. */
  async #seek(to: readonly Position[]): Promise<void> {
    const { assignment, consumer, fail } = this.#parts;
    const ours = to.filter((at) => assignment.find(at) !== undefined);
    if (ours.length === 0) return;
    try {
      await consumer.seek(ours);
    } catch (error) {
      const isGone = error instanceof TransportError && error.code === 'PARTITION_NOT_OWNED';
      const left = ours.filter((at) => assignment.find(at) !== undefined);
      if (isGone && left.length < ours.length) return this.#seek(left);
      fail(asError(error));
    }
  }
}
