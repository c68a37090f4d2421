import { LifecycleError, type Position, TransportError } from '@weir/core/errors';
import type { Clock } from '@weir/core/time';
import { DeliveryError, type HeaderPair, type Outgoing, type Payload, type Producer, Sending } from '@weir/core/transport';
import type { Logger } from './client-log.js';
import { closeProducer } from './close-producer.js';
import { Fifo } from './fifo.js';
import { closedProducer, type Failure, type Gear, type GearOptions } from './gear.js';
import { type Outbound, outbound, outgoing, sizeBytes } from './outbound.js';
import { KafkaTransactions } from './transactions.js';

/** Messages that may wait here before `isFull` says so. */
const waitingMax = 10_000;
/** How long the driver gets to make room in its own queue. */
const roomMs = 2;
/** How long between two attempts to open the reporting gear while the broker is away. */
const openAgainMs = 1_000;

/** What waits its turn: a message, or somebody who wants to know that everything before is acknowledged. */
type Waiting = Outbound | { readonly flushed: () => void; readonly failed: (error: Error) => void };

export interface KafkaProducerOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** librdkafka's `message.max.bytes`. */
  readonly messageMaxBytes: number;
  /** Told when it is closed. */
  readonly closed: () => void;
  readonly isTransactional: boolean;
  /** The gear to begin with: one that is hot; for a transactional producer one that tells of what it is asked about. */
  readonly first: (options: Omit<GearOptions, 'driver'>) => Gear;
  /** Opens the reporting gear. */
  readonly openReporting: (options: Omit<GearOptions, 'driver'>) => Promise<Gear>;
}

/**
 * A producer with one gear or two. Where the first tells of what it is asked about, it takes everything. Otherwise `append` goes through the hot
 * one, and `send`, which needs a report, through the other. So that messages keep the order of the calls, the gear changes only when the other has
 * nothing on its way; meanwhile they wait here.
 */
export class KafkaProducer implements Producer {
  readonly transactions?: KafkaTransactions;
  readonly #options: KafkaProducerOptions;
  readonly #hot: Gear;
  readonly #waiting = new Fifo<Waiting>();
  readonly #roomFor: (() => void)[] = [];
  #reporting: Gear | undefined;
  #failures: Failure[] = [];
  /** Nothing goes out: a gear is being changed, opened or flushed. */
  #isHeld = false;
  #isDriverFull = false;
  #isHandingOver = false;
  #isHandingOverInTurn = false;
  #closing: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: KafkaProducerOptions) {
    this.#options = options;
    this.#hot = options.first(this.#events());
    if (this.#hot.reports !== 'failures') this.#reporting = this.#hot;
    if (!options.isTransactional) return;
    this.transactions = new KafkaTransactions({
      driver: this.#hot.driver,
      logger: options.logger,
      flush: () => this.flush(),
      discard: () => this.#discard(new TransportError('the transaction was aborted', { code: 'TRANSACTION_ABORTED' })),
    });
  }

  get isFull(): boolean {
    return this.#isDriverFull || this.#waiting.length >= waitingMax;
  }

  append(topic: string, key: Payload, value: Payload, partition?: number, timestamp?: number, headers?: readonly HeaderPair[]): void {
    if (headers === undefined && this.#waiting.length === 0 && !this.#isHeld && !this.#isReporting()) {
      this.#mustBeOpen();
      this.transactions?.checkOpen();
      if (this.#hot.append(topic, key, value, partition, timestamp)) {
        this.#handOverInTurn();
        return;
      }
    }
    this.#take(outbound(topic, key, value, partition, timestamp, headers));
  }

  handOver(): void {
    this.#proceed();
  }

  send(message: Outgoing): Promise<Position> {
    const { sending, resolve, reject } = Sending.open();
    const { topic, key, value, partition, timestamp, headers } = message;
    try {
      this.#take(outbound(topic, key, value, partition, timestamp, headers, { sending, resolve, reject }));
    } catch (thrown) {
      this.#failures.push({ message, error: thrown as Error, sending });
      reject(thrown as Error);
    }
    return sending;
  }

  async drained(): Promise<void> {
    if (!this.isFull) return;
    await new Promise<void>((resolve) => this.#roomFor.push(resolve));
  }

  async flush(): Promise<void> {
    this.#mustBeOpen();
    await new Promise<void>((flushed, failed) => {
      this.#waiting.push({ flushed, failed });
      this.#proceed();
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const gears = (): Gear[] => [...new Set([this.#hot, ...(this.#reporting === undefined ? [] : [this.#reporting])])];
    const flushed = this.flush();
    await closeProducer({
      clock: this.#options.clock,
      logger: this.#options.logger,
      flushed,
      silence: () => {
        this.#isClosed = true;
        this.#discard(closedProducer());
        for (const gear of gears()) gear.close();
        return gears().map(({ driver }) => driver);
      },
    });
    this.#options.closed();
  }

  /** Messages that have not left yet, and those who wait for them to leave, hear that it will not happen. */
  #discard(reason: TransportError): void {
    this.#hot.discard(reason);
    for (let item = this.#waiting.shift(); item !== undefined; item = this.#waiting.shift()) {
      if ('flushed' in item) item.failed(reason);
      else item.outcome?.reject(reason);
    }
    this.#makeRoom();
  }

  #take(message: Outbound): void {
    this.#mustBeOpen();
    this.transactions?.checkOpen();
    if (sizeBytes(message) > this.#options.messageMaxBytes) throw tooLarge(message, this.#options.messageMaxBytes);
    if (this.#waiting.length > 0 || this.#isHeld || !this.#isReady(message)) {
      this.#waiting.push(message);
      this.#proceed();
    } else if (!this.#gearFor(message).produce(message)) {
      this.#waiting.push(message);
      this.#waitForRoom();
    } else if (message.outcome !== undefined) this.#handOverSoon();
  }

  /** Whoever appends much hands over by himself; what others append must not wait for him. */
  #handOverInTurn(): void {
    if (this.#isHandingOverInTurn || this.#hot.reports !== 'asked') return;
    this.#isHandingOverInTurn = true;
    setImmediate(() => {
      this.#isHandingOverInTurn = false;
      if (!this.#isClosed) this.#proceed();
    });
  }

  /** Nobody hands over after a `send`; those of one turn go together. */
  #handOverSoon(): void {
    if (this.#isHandingOver) return;
    this.#isHandingOver = true;
    queueMicrotask(() => {
      this.#isHandingOver = false;
      if (!this.#isClosed) this.#proceed();
    });
  }

  /** Whether what is appended has to go through the gear that tells of every message. */
  #isReporting(): boolean {
    if (this.#hot.reports === 'asked' || this.#reporting === undefined) return false;
    return this.#hot.reports === 'all' || this.#reporting.outstanding > 0;
  }

  #gearFor(message: Outbound): Gear {
    return message.outcome !== undefined || this.#isReporting() ? this.#reporting! : this.#hot;
  }

  /** Whether the message's gear is there and may go without overtaking the other. */
  #isReady(message: Outbound): boolean {
    if (message.outcome === undefined || this.#hot.reports !== 'failures') return true;
    return this.#reporting !== undefined && !this.#hot.isDirty;
  }

  /** Lets go what waits, as far as it can go. */
  #proceed(): void {
    while (!this.#isHeld && !this.#isDriverFull) {
      const next = this.#waiting.peek();
      const isMessage = next !== undefined && !('flushed' in next) && this.#isReady(next);
      if (!(isMessage ? this.#produce(next) : this.#hot.handOver())) {
        this.#waitForRoom();
        return;
      }
      if (next === undefined) break;
      if (!isMessage) {
        void this.#hold(() => ('flushed' in next ? this.#flushFor() : this.#change()));
        return;
      }
      this.#waiting.shift();
    }
    this.#makeRoom();
  }

  /** A message that can never be sent fails, now that its caller is gone. */
  #produce(message: Outbound): boolean {
    try {
      return this.#gearFor(message).produce(message);
    } catch (thrown) {
      this.#failures.push({ message: outgoing(message), error: thrown as Error, sending: message.outcome?.sending });
      message.outcome?.reject(thrown as Error);
      return true;
    }
  }

  async #hold(work: () => Promise<void>): Promise<void> {
    this.#isHeld = true;
    try {
      await work();
    } finally {
      this.#isHeld = false;
      if (!this.#isClosed) this.#proceed();
    }
  }

  /** Everything taken before the flush is on its way; what is taken now waits behind it. */
  async #flushFor(): Promise<void> {
    const waiting = this.#waiting.shift() as Extract<Waiting, { flushed: unknown }>;
    try {
      await Promise.all([this.#hot.flush(), this.#reporting?.flush()]);
      if (this.#isClosed) throw closedProducer();
    } catch (thrown) {
      waiting.failed(thrown as Error);
      return;
    }
    // Whoever looked at his `send` knows by himself.
    const failures = this.#failures.filter(({ sending }) => !sending?.isObserved).map(({ message, error }) => ({ message, error }));
    this.#failures = [];
    if (failures.length > 0) waiting.failed(new DeliveryError(failures));
    else waiting.flushed();
  }

  /** From hot to reporting. */
  async #change(): Promise<void> {
    await this.#hot.flush().catch(() => undefined);
    while (this.#reporting === undefined && !this.#isClosed) {
      try {
        this.#reporting = await this.#options.openReporting(this.#events());
      } catch (thrown) {
        this.#options.logger.warn({ err: thrown }, 'cannot open the producer that reports deliveries; trying again');
        await this.#options.clock.sleep(openAgainMs);
      }
    }
  }

  #waitForRoom(): void {
    if (this.#isDriverFull) return;
    this.#isDriverFull = true;
    this.#options.clock.after(roomMs, () => {
      this.#isDriverFull = false;
      if (!this.#isClosed) this.#proceed();
    });
  }

  #makeRoom(): void {
    if (this.#isClosed || !this.isFull) for (const resolve of this.#roomFor.splice(0)) resolve();
  }

  #events(): Omit<GearOptions, 'driver'> {
    return { failed: (failure) => this.#failures.push(failure), reported: () => this.#proceed() };
  }

  #mustBeOpen(): void {
    if (this.#isClosed) throw new LifecycleError('the producer is closed');
  }
}

function tooLarge(message: Outbound, limit: number): TransportError {
  return new TransportError(
    `cannot send to topic "${message.topic}": the message has ${sizeBytes(message)} bytes, more than message.max.bytes (${limit}). Raise it under kafka: {…} and max.message.bytes of the topic, or send less`,
    { code: 'DELIVERY_FAILED' },
  );
}
