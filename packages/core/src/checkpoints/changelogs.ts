import { TransportError } from '../errors/index.js';
import type { Consumer, GroupPosition, Producer, Transactions } from '../transport/index.js';
import type { ChangelogWriter, CheckpointParticipant } from './participant.js';
import type { StepTimes } from './step-times.js';

/** At least once: how changelog entries and offsets of a checkpoint become lasting. */
export interface Changelogs {
  /** Rejects when they are not: then the closed generations are part of the next checkpoint. */
  commit(what: ToCommit): Promise<void>;
}

/** What a checkpoint commits. */
export interface ToCommit {
  readonly consumer: Consumer;
  readonly positions: readonly GroupPosition[];
  /** Appends the entries. */
  readonly write: (changelog: ChangelogWriter) => Promise<void>;
  /** Asked once the entries are written. @throws LifecycleError where partitions were lost meanwhile */
  readonly mustBeOurs: () => void;
}

/** Appends the closed generation of each. */
export async function writeAll(states: readonly CheckpointParticipant[], changelog: ChangelogWriter, times: StepTimes): Promise<void> {
  times.enter('write');
  const counted = times.counted(changelog);
  for (const state of states) await state.write(counted);
  changelog.handOver();
}

/**
 * Entries and offsets in one short transaction: local state always agrees with the committed offsets, and a worker that has lost its partitions cannot write
 * to a changelog.
 */
export class ShortTransaction implements Changelogs {
  readonly #producer: Producer;
  readonly #transactions: Transactions;
  #isOpen = false;

  constructor(producer: Producer, transactions: Transactions) {
    this.#producer = producer;
    this.#transactions = transactions;
  }

  async commit({ consumer, positions, write, mustBeOurs }: ToCommit): Promise<void> {
    await this.#abort();
    await this.#transactions.begin();
    this.#isOpen = true;
    try {
      await write(this.#producer);
      await this.#producer.flush();
      mustBeOurs();
      await this.#transactions.commit(consumer, positions);
      this.#isOpen = false;
    } catch (error) {
      this.#isOpen = !(error instanceof TransportError && (error.fatal || error.code === 'TRANSACTION_ABORTED'));
      // While no broker answers the next checkpoint asks again.
      await this.#abort().catch(() => undefined);
      throw error;
    }
  }

  async #abort(): Promise<void> {
    if (this.#isOpen) await this.#transactions.abort();
    this.#isOpen = false;
  }
}

/** For a broker without transactions: a crash between the two counts again what lies between them. */
export class PlainChangelogs implements Changelogs {
  readonly #producer: Producer;

  constructor(producer: Producer) {
    this.#producer = producer;
  }

  async commit({ consumer, positions, write, mustBeOurs }: ToCommit): Promise<void> {
    await write(this.#producer);
    await this.#producer.flush();
    mustBeOurs();
    if (positions.length > 0) await consumer.commit(positions);
  }
}
