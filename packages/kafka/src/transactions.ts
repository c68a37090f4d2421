import { LifecycleError, type Position, reason, TransportError } from '@weir/core/errors';
import { type Consumer, DeliveryError, type Transactions } from '@weir/core/transport';
import type { Logger } from './client-log.js';
import { KafkaConsumer } from './consumer.js';
import { called, type DriverProducer } from './driver-types.js';
import { transportError } from './errors.js';

const callMs = 30_000;
const registeredMs = 5_000;

export interface KafkaTransactionsOptions {
  readonly driver: DriverProducer;
  readonly logger: Logger;
  /** Resolves when everything taken so far is acknowledged, and rejects with what was not. */
  readonly flush: () => Promise<void>;
  /** Takes back what was not given to the client yet. */
  readonly discard: () => void;
}

/** Transactions of one producer, one at a time. */
export class KafkaTransactions implements Transactions {
  readonly #options: KafkaTransactionsOptions;
  #isOpen = false;

  constructor(options: KafkaTransactionsOptions) {
    this.#options = options;
  }

  /** @throws LifecycleError outside of a transaction, where librdkafka refuses messages */
  checkOpen(): void {
    if (!this.#isOpen) throw new LifecycleError('a transactional producer writes within a transaction only; call begin first');
  }

  /** Takes the transactional id over from whoever has it. Once, before anything else. */
  async init(): Promise<void> {
    try {
      await called((done) => this.#options.driver.initTransactions(callMs, done));
    } catch (thrown) {
      throw transportError(thrown, 'cannot take over the transactional id', 'BROKER_UNREACHABLE');
    }
  }

  async begin(): Promise<void> {
    if (this.#isOpen) throw new LifecycleError('a transaction is open already; commit or abort it first');
    try {
      await called((done) => this.#options.driver.beginTransaction(done));
      this.#isOpen = true;
    } catch (thrown) {
      throw transportError(thrown, 'cannot begin a transaction', 'TRANSACTION_ABORTED');
    }
  }

  async commit(consumer: Consumer, offsets: readonly Position[]): Promise<void> {
    this.checkOpen();
    if (!(consumer instanceof KafkaConsumer))
      throw new LifecycleError('a transaction takes the offsets of a consumer of the same transport');
    const { driver, flush } = this.#options;
    try {
      await flush();
      if (offsets.length > 0 && consumer.isInGroup) {
        consumer.claim(offsets);
        const places = offsets.map(({ topic, partition, offset }) => ({ topic, partition, offset }));
        await called((done) => driver.sendOffsetsToTransaction(places, consumer.driver, callMs, done));
      }
      await called((done) => driver.commitTransaction(callMs, done));
      this.#isOpen = false;
    } catch (thrown) {
      await this.#undo();
      throw aborted(thrown);
    }
  }

  async abort(): Promise<void> {
    this.checkOpen();
    this.#isOpen = false;
    this.#options.discard();
    await this.#registered();
    try {
      await called((done) => this.#options.driver.abortTransaction(callMs, done));
    } catch (thrown) {
      throw transportError(thrown, 'cannot abort the transaction', 'TRANSACTION_ABORTED');
    } finally {
      // What was refused or purged belongs to the transaction that is gone.
      await this.#options.flush().catch(() => undefined);
    }
  }

  /**
   * Waits until the coordinator knows of the transaction: an abort that overtakes its first message, when the one before was committed, is a fatal
   * error of the client (librdkafka #4849).
   */
  async #registered(): Promise<void> {
    await called((done) => this.#options.driver.flush(registeredMs, done)).catch(() => undefined);
  }

  async #undo(): Promise<void> {
    try {
      if (this.#isOpen) await this.abort();
    } catch (thrown) {
      this.#options.logger.warn({ err: thrown }, `the transaction is left to the broker to abort: ${reason(thrown)}`);
    }
  }
}

/** Whatever went wrong, nothing of the transaction is visible: that is what the caller has to know. */
function aborted(thrown: unknown): TransportError {
  const cause = thrown instanceof DeliveryError ? (thrown.failures.find(({ error }) => isFatal(error))?.error ?? thrown) : thrown;
  const error = transportError(cause, 'the transaction was aborted', 'TRANSACTION_ABORTED');
  if (error.fatal) return error;
  return new TransportError(error.message, { code: 'TRANSACTION_ABORTED', cause, retriable: true });
}

function isFatal(error: Error): boolean {
  return error instanceof TransportError && error.fatal;
}
