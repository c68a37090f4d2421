import { LifecycleError, reason, TransportError } from '@weir/core/internal/errors';
import { type Clock, within } from '@weir/core/internal/time';
import { type Consumer, DeliveryError, type GroupPosition, type Transactions } from '@weir/core/internal/transport';
import { KafkaConsumer } from '../consumer/consumer.js';
import { called } from '../driver/calls.js';
import type { Logger } from '../driver/client-log.js';
import type { Done, DriverProducer } from '../driver/driver-types.js';
import { codes, hasCode, transportError } from '../driver/errors.js';
import { driverOffsets } from '../driver/offsets.js';

const callMs = 30_000;
const registeredMs = 5_000;
/** The same where a message was refused: the client sends no more of them, and would wait in vain. */
const refusedMs = 200;
/** How long the offsets may take; the group's coordinator may be on its way to another broker. */
const offsetsMs = 8_000;
/** When the client is nudged, and again after as long. */
const nudgeMs = 2_000;
/** A client that does not come back by then never will. */
const hangsMs = 14_000;
/** How long a commit is asked for again whose outcome is open. */
const outcomeMs = 60_000;

export interface KafkaTransactionsOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly driver: () => DriverProducer;
  /** Has the client look around. */
  readonly nudge: () => void;
  /** Whether a message of the open transaction was refused. */
  readonly mustAbort: () => boolean;
  /** Told that a transaction has begun. */
  readonly begun: () => void;
  /** Resolves when everything taken so far is acknowledged, and rejects with what was not. */
  readonly flush: () => Promise<void>;
  /** Takes back what was not given to the client yet. */
  readonly discard: () => void;
  /** Replaces the client by one that has taken its transactional id over. Missing where another producer may have the id. */
  readonly renew?: () => Promise<void>;
}

/** Transactions of one producer, one at a time. */
export class KafkaTransactions implements Transactions {
  readonly #options: KafkaTransactionsOptions;
  #isOpen = false;
  /** An abort has begun, and must come to its end before anything else. */
  #isAborting = false;
  #current = 0;

  constructor(options: KafkaTransactionsOptions) {
    this.#options = options;
  }

  /** Tells the transactions apart. */
  get current(): number {
    return this.#current;
  }

  /** @throws LifecycleError outside of a transaction, where librdkafka refuses messages */
  checkOpen(): void {
    if (!this.#isOpen) throw new LifecycleError('a transactional producer writes within a transaction only; call begin first');
  }

  async begin(): Promise<void> {
    if (this.#isOpen) throw new LifecycleError('a transaction is open already; commit or abort it first');
    try {
      await this.#call((driver, done) => driver.beginTransaction(done));
      this.#isOpen = true;
      this.#current += 1;
      this.#options.begun();
    } catch (thrown) {
      throw transportError(thrown, 'cannot begin a transaction', 'TRANSACTION_ABORTED');
    }
  }

  async commit(consumer?: Consumer, offsets: readonly GroupPosition[] = []): Promise<void> {
    this.checkOpen();
    if ((consumer !== undefined || offsets.length > 0) && !(consumer instanceof KafkaConsumer))
      throw new LifecycleError('a transaction takes the offsets of a consumer of the same transport');
    try {
      await this.#options.flush();
      if (consumer !== undefined && offsets.length > 0) {
        consumer.claim(offsets);
        await this.#send(consumer, offsets);
      }
      await this.#commit();
      this.#isOpen = false;
    } catch (thrown) {
      if (!isFatal(thrown)) await this.#undo();
      throw this.#aborted(thrown);
    }
  }

  /**
   * librdkafka (2.15) may wait for ever for the group's coordinator when the broker that it had been on is gone: it keeps to one that it has given up
   * itself, and asks anew only when some connection comes or goes. So one is cut.
   */
  async #send(consumer: KafkaConsumer, offsets: readonly GroupPosition[]): Promise<void> {
    const { clock, logger, nudge } = this.#options;
    const sent = this.#call((driver, done) => driver.sendOffsetsToTransaction(driverOffsets(offsets), consumer.driver, offsetsMs, done));
    for (let waitedMs = 0; waitedMs < hangsMs; waitedMs += nudgeMs) {
      if ((await within(clock, nudgeMs, sent, 'late' as const)) !== 'late') return;
      logger.debug('the coordinator of the group has not answered for 2 s: the client is nudged');
      nudge();
    }
    sent.catch(() => undefined);
    const message =
      'the Kafka client hangs in sendOffsetsToTransaction. Nothing is lost: the worker must start again, and its events run again';
    throw new TransportError(message, { code: 'TRANSACTION_ABORTED', fatal: true });
  }

  /** Until its outcome is known. Where it stays open the worker must ask the group anew, which it does when it starts. */
  async #commit(): Promise<void> {
    const { clock } = this.#options;
    const limit = clock.now() + outcomeMs;
    for (;;) {
      try {
        await this.#call((driver, done) => driver.commitTransaction(callMs, done));
        return;
      } catch (thrown) {
        if (!hasCode(thrown, codes.timedOut)) throw thrown;
        if (clock.now() < limit) continue;
        throw new TransportError(`it is not known whether the transaction was committed: ${reason(thrown)}. The worker must start again`, {
          ...{ code: 'TRANSACTION_ABORTED', cause: thrown, fatal: true },
        });
      }
    }
  }

  /** May be called again when it was not answered. */
  async abort(): Promise<void> {
    if (!this.#isAborting) this.checkOpen();
    this.#isOpen = false;
    this.#isAborting = true;
    this.#options.discard();
    await this.#registered();
    try {
      await this.#abort();
      this.#isAborting = false;
    } finally {
      // What was refused or purged belongs to the transaction that is gone.
      await this.#options.flush().catch(() => undefined);
    }
  }

  async #abort(): Promise<void> {
    const { renew, logger } = this.#options;
    try {
      await this.#call((driver, done) => driver.abortTransaction(callMs, done));
    } catch (thrown) {
      const error = transportError(thrown, 'cannot abort the transaction', 'TRANSACTION_ABORTED');
      if (error.code !== 'PRODUCER_FENCED' || renew === undefined) throw error;
      logger.warn(
        'the broker has ended the transaction, which was open for longer than transaction.timeout.ms, as where the process was halted',
      );
      await renew();
    }
  }

  /**
   * Waits until the coordinator knows of the transaction: an abort that overtakes its first message, when the one before was committed, is a fatal
   * error of the client (librdkafka #4849).
   */
  async #registered(): Promise<void> {
    const limitMs = this.#options.mustAbort() ? refusedMs : registeredMs;
    await this.#call((driver, done) => driver.flush(limitMs, done)).catch(() => undefined);
  }

  async #undo(): Promise<void> {
    try {
      if (this.#isOpen) await this.abort();
    } catch (thrown) {
      this.#options.logger.warn({ err: thrown }, `the transaction is not aborted yet: ${reason(thrown)}`);
    }
  }

  async #call(call: (driver: DriverProducer, done: Done) => void): Promise<unknown> {
    const driver = this.#options.driver();
    return called(driver, (done) => call(driver, done));
  }

  /** Whatever went wrong, nothing of the transaction is visible: that is what the caller has to know. */
  #aborted(thrown: unknown): TransportError {
    const cause = thrown instanceof DeliveryError ? (thrown.failures.find(({ error }) => isFinal(error))?.error ?? thrown) : thrown;
    const error = transportError(cause, 'the transaction was aborted', 'TRANSACTION_ABORTED');
    if (error.code === 'PRODUCER_FENCED' && this.#options.renew === undefined) return error;
    // A member that was halted for longer than its session has joined again by now. Where another worker has its name, its consumer says so.
    if (error.fatal && !hasCode(cause, codes.fencedInstance)) return error;
    // Where no broker has answered to the abort it must be asked for again.
    const code = this.#isAborting ? 'BROKER_UNREACHABLE' : 'TRANSACTION_ABORTED';
    return new TransportError(error.message, { code, cause, retriable: true });
  }
}

/** Takes a transactional id over from whoever has it. Once for each client, before anything else. */
export async function takeOver(driver: DriverProducer): Promise<void> {
  try {
    await called(driver, (done) => driver.initTransactions(callMs, done));
  } catch (thrown) {
    throw transportError(thrown, 'cannot take over the transactional id', 'BROKER_UNREACHABLE');
  }
}

function isFatal(error: unknown): boolean {
  return error instanceof TransportError && error.fatal;
}

function isFinal(error: unknown): boolean {
  return error instanceof TransportError && error.isFinal;
}
