import type { Logger } from 'pino';
import type { CarefulOutlet } from '../agents/index.js';
import { asError, formatPosition, LifecycleError, type Position, reason, TransportError } from '../errors/index.js';
import { type Clock, formatMs } from '../time/index.js';
import type { Consumer, Producer, Transactions } from '../transport/index.js';
import { type AssignedPartition, progressOf } from './assigned-partition.js';
import type { Assignment } from './assignment.js';
import type { Checkpoint } from './checkpoint.js';
import { within } from './limit.js';
import type { TransactionGate } from './transaction-gate.js';

/** How long a broker that is well takes at most to acknowledge what was sent. */
const answerMs = 2_000;
/** In how many pieces the time is counted that handlers have to come to rest. */
const restPieces = 5;
/** How often it is said what a transaction waits for that takes long. */
const slowMs = 10_000;
/** How long one stage may take once handlers have come to rest: longer than the client's own limits, and than a broker keeps a transaction open. */
const stuckMs = 120_000;

/** How long it is waited before a broker that does not answer is asked again. */
const againMs = 1_000;

/** What a round waits for. */
type Stage =
  | 'handlers come to rest'
  | 'what was sent is acknowledged'
  | 'it is committed'
  | 'it is aborted'
  | 'a broker answers'
  | 'partitions are read anew';

/** Those that may take any time: handlers have a limit of their own, and a broker that is away is waited for. */
const patient: readonly Stage[] = ['handlers come to rest', 'a broker answers'];

/** What a transactional checkpoint works on. */
export interface TransactionalParts {
  readonly assignment: Assignment;
  readonly consumer: Consumer;
  readonly producer: Producer;
  readonly transactions: Transactions;
  readonly gate: TransactionGate;
  readonly outlet: CarefulOutlet;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long handlers may take to come to rest before the transaction is given up, in milliseconds. */
  readonly restMs: number;
  /** Begins again from what is committed: everything since was undone. `isCareful` when a message was refused, and it is not known whose. */
  readonly rewind: (why: Error, partitions: readonly AssignedPartition[], isCareful: boolean) => Promise<void>;
  /** Told what has become lasting. */
  readonly committed: (position: Position) => void;
}

/**
 * Exactly once: every lane comes to rest between two events; then outputs and offsets of all of them are committed in one transaction (KIP-447).
 * The lanes go on while it is committed: what they send waits for the next one. A transaction that cannot be committed, or holds outputs of events
 * that were not finished, is aborted, and its events and those after it run again.
 */
export class TransactionalCheckpoint implements Checkpoint {
  readonly #parts: TransactionalParts;
  #last: Promise<void> = Promise.resolve();
  /** The round that has not begun: whoever asks meanwhile is served by it. */
  #next: Promise<void> | undefined;
  #doom: Error | undefined;
  /** What was flushed before handlers had come to rest, and what that failed with: a refusal is told once only. */
  #early: Promise<unknown> = Promise.resolve();
  #failedEarly: Error | undefined;
  #stage: Stage = 'handlers come to rest';

  constructor(parts: TransactionalParts) {
    this.#parts = parts;
    parts.gate.whenCrowded(() => {
      for (const partition of parts.assignment) void partition.hold();
    });
  }

  /** Begins the first transaction. */
  async begin(): Promise<void> {
    await this.#parts.transactions.begin();
    this.#parts.gate.open();
  }

  /** Says that the open transaction holds what must not become visible. It is aborted at the next round. */
  doom(why: Error): boolean {
    const isNew = this.#doom === undefined;
    this.#doom ??= why;
    return isNew;
  }

  /** One transaction takes in all partitions, whichever are asked for. */
  run(): Promise<void> {
    if (this.#next !== undefined) return this.#next;
    const round = this.#last.then(() => {
      this.#next = undefined;
      return this.#watched();
    });
    this.#next = round;
    this.#last = round.catch(() => undefined);
    return round;
  }

  /** A round that says what it waits for when it takes long: no event goes on meanwhile. One that stands still ends the worker, and others go on. */
  async #watched(): Promise<void> {
    const { clock, logger } = this.#parts;
    const began = clock.now();
    let cancel = () => {};
    const stuck = new Promise<never>((_, reject) => {
      let [stage, since] = [this.#stage, began];
      const look = () => {
        if (stage !== this.#stage) [stage, since] = [this.#stage, clock.now()];
        if (!patient.includes(stage) && clock.now() - since >= stuckMs) return reject(standsStill(stage));
        logger.warn(`the transaction is not done after ${formatMs(clock.now() - began)}: waiting until ${stage}`);
        cancel = clock.after(slowMs, look);
      };
      cancel = clock.after(slowMs, look);
    });
    try {
      await Promise.race([this.#round(), stuck]);
    } catch (error) {
      this.#parts.gate.break(asError(error));
      throw error;
    } finally {
      cancel();
    }
  }

  async #round(): Promise<void> {
    this.#stage = 'handlers come to rest';
    const partitions = await this.#rest();
    const unfinished = partitions.filter((partition) => partition.hasUnfinished);
    if (unfinished.length > 0 && this.doom(new LifecycleError('an event was left unfinished')))
      this.#parts.logger.info(`the transaction is undone: an event of ${unfinished.map(formatPosition).join(', ')} was left unfinished`);
    this.#parts.gate.close();
    try {
      if (this.#doom === undefined) await this.#commit(partitions);
      else await this.#undo(this.#doom, partitions);
    } finally {
      for (const partition of partitions) partition.resume();
    }
  }

  /** Brings every partition to rest, also those that are assigned meanwhile. */
  async #rest(): Promise<AssignedPartition[]> {
    const { assignment } = this.#parts;
    const held = new Set<AssignedPartition>();
    for (;;) {
      const others = [...assignment].filter((partition) => !held.has(partition));
      if (others.length === 0) return [...held];
      for (const partition of others) held.add(partition);
      await this.#outwait(Promise.all(others.map((partition) => partition.hold())), others);
    }
  }

  /**
   * Waits until handlers have come to rest, which may take `restMs`. That runs only while the broker takes what they send, and piece by piece: a process
   * that stood still finds its time over when it goes on, and what they wait for may have come at the end of one.
   */
  async #outwait(rest: Promise<unknown>, partitions: readonly AssignedPartition[]): Promise<void> {
    const { clock, restMs } = this.#parts;
    const piece = restMs / restPieces;
    for (let pieces = 0; pieces < restPieces; ) {
      if ((await within(clock, piece, rest)) === 'done') return;
      if (await this.#isBrokerThere()) pieces++;
    }
    throw restless(partitions, restMs);
  }

  /** Whether the broker takes what handlers have sent. If not, it may be that they wait for. */
  async #isBrokerThere(): Promise<boolean> {
    const { producer, clock, logger } = this.#parts;
    const flushed = producer.flush().catch((error: unknown) => {
      this.#failedEarly ??= asError(error);
      this.doom(this.#failedEarly);
    });
    this.#early = Promise.all([this.#early, flushed]);
    if ((await within(clock, answerMs, flushed)) === 'done') return true;
    logger.warn('the transaction cannot be committed yet: the broker has not taken what handlers sent');
    return false;
  }

  async #commit(partitions: readonly AssignedPartition[]): Promise<void> {
    const { assignment, consumer, producer, transactions, gate, logger } = this.#parts;
    const finished = progressOf(partitions);
    if (finished.length === 0 && gate.sinceOpened === 0) return gate.open();
    for (const partition of partitions) partition.resume();
    try {
      this.#stage = 'what was sent is acknowledged';
      await this.#early;
      await producer.flush();
      if (this.#failedEarly !== undefined) throw this.#failedEarly;
      // The group would take offsets of a partition that was lost and is ours again: we speak with its new generation.
      if (finished.some(({ partition }) => !assignment.has(partition))) throw new LifecycleError('partitions were lost');
      this.#stage = 'it is committed';
      await transactions.commit(
        consumer,
        finished.map(({ position }) => position),
      );
    } catch (error) {
      if (error instanceof TransportError && (error.fatal || error.code === 'PRODUCER_FENCED')) throw error;
      logger.warn({ error: reason(error) }, 'the transaction was not committed: its events run again');
      return this.#undo(asError(error), partitions, {
        isAborted: error instanceof TransportError && error.code === 'TRANSACTION_ABORTED',
        isCareful: this.#parts.outlet.refused(error),
      });
    }
    this.#parts.outlet.delivered();
    for (const { position, committed } of finished) {
      committed();
      this.#parts.committed(position);
    }
    await this.#whenAnswered(() => this.begin());
  }

  /** Whether the transaction holds a message that the broker refused: with it, that would be forgotten. */
  async #wasRefused(): Promise<boolean> {
    const { producer, outlet, clock } = this.#parts;
    await within(clock, answerMs, this.#early);
    if (this.#failedEarly !== undefined && outlet.refused(this.#failedEarly)) return true;
    let wasRefused = false;
    const flushed = producer.flush().catch((error: unknown) => {
      wasRefused = outlet.refused(error);
    });
    await within(clock, answerMs, flushed);
    return wasRefused;
  }

  /** Aborts and begins again from what is committed. */
  async #undo(why: Error, held: readonly AssignedPartition[], { isAborted = false, isCareful = false } = {}): Promise<void> {
    // What has come since may be what was doomed: its messages wait for the next transaction.
    const partitions = this.#doom === undefined ? held : [...this.#parts.assignment];
    this.#doom = undefined;
    this.#stage = 'it is aborted';
    const wasRefused = isCareful || (await this.#wasRefused());
    this.#failedEarly = undefined;
    if (!isAborted) await this.#whenAnswered(() => this.#parts.transactions.abort());
    this.#stage = 'partitions are read anew';
    await this.#parts.rewind(why, partitions, wasRefused);
    await this.#whenAnswered(() => this.begin());
  }

  /** Asks again while no broker answers. */
  async #whenAnswered(ask: () => Promise<void>): Promise<void> {
    const { clock, logger } = this.#parts;
    const stage = this.#stage;
    for (;;) {
      try {
        await ask();
        this.#stage = stage;
        return;
      } catch (error) {
        if (!(error instanceof TransportError && error.retriable)) throw error;
        if (this.#stage === stage) logger.warn({ error: reason(error) }, 'the transaction waits until a broker answers');
        this.#stage = 'a broker answers';
        await clock.sleep(againMs);
      }
    }
  }
}

function standsStill(stage: Stage): TransportError {
  const message = `the transaction stands still: waiting until ${stage} for more than ${formatMs(stuckMs)}. The broker ends it, and its events run again`;
  return new TransportError(message, { code: 'TRANSACTION_ABORTED', fatal: true });
}

/** A handler that takes longer than a transaction may wait would be undone and run again for ever. */
function restless(partitions: readonly AssignedPartition[], ms: number): TransportError {
  const running = partitions.map(({ oldest }) => oldest).filter((event) => event !== undefined);
  const what = running.map((event) => `${event.agent} on ${formatPosition(event)}`).join(', ');
  const message = `the transaction cannot be committed: ${what || 'what had begun'} did not come to an end within ${formatMs(ms)}. Raise drainTimeout above what handlers take, or limit them by handlerTimeout`;
  return new TransportError(message, { code: 'TRANSACTION_ABORTED', fatal: true });
}
