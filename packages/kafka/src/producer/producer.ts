import { LifecycleError, TransportError } from '@weir/core/internal/errors';
import type { Position } from '@weir/core/internal/positions';
import { DeliveryError, type HeaderPair, type Outgoing, type Payload, type Producer, Sending } from '@weir/core/internal/transport';
import { closeProducer, disconnect } from './close-producer.js';
import { Fifo } from './fifo.js';
import { closedProducer, type Failure } from './gear.js';
import { Gears, type GearsOptions } from './gears.js';
import { type Outbound, outbound, outgoing, sizeBytes } from './outbound.js';
import { KafkaTransactions } from './transactions.js';

/** Messages that may wait here before `isFull` says so. */
const waitingMax = 10_000;
/** How long the driver gets to make room in its own queue. */
const roomMs = 2;

/** What waits its turn: a message, one that goes alone, or somebody who wants to know that everything before is acknowledged. */
type Waiting = Outbound | { readonly alone: Outbound } | { readonly flushed: () => void; readonly failed: (error: Error) => void };

export interface KafkaProducerOptions extends Omit<GearsOptions, 'events'> {
  /** librdkafka's `message.max.bytes`. */
  readonly messageMaxBytes: number;
  /** Told when it is closed. */
  readonly closed: () => void;
  readonly isTransactional: boolean;
  /** Opens a client that takes the place of the first, whose transactional id nobody else has. Missing where somebody may. */
  readonly renewed?: () => Promise<GearsOptions['first']>;
}

/**
 * A producer with one gear or two. Where the first tells of what it is asked about, it takes everything. Otherwise `append` goes through the hot
 * one, and `send`, which needs a report, through the other. So that messages keep the order of the calls, the gear changes only when the other has
 * nothing on its way; meanwhile they wait here.
 */
export class KafkaProducer implements Producer {
  readonly transactions?: KafkaTransactions;
  readonly #options: KafkaProducerOptions;
  readonly #gears: Gears;
  readonly #waiting = new Fifo<Waiting>();
  readonly #roomFor: (() => void)[] = [];
  #failures: Failure[] = [];
  /** Nothing goes out: a gear is being changed, opened or flushed. */
  #isHeld = false;
  #isDriverFull = false;
  #isHandingOver = false;
  #isHandingOverInTurn = false;
  /** A message of the open transaction was refused: it cannot be committed, and takes no more. */
  #mustAbort = false;
  #closing: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: KafkaProducerOptions) {
    this.#options = options;
    const events = { failed: (failure: Failure) => void this.#failures.push(failure), reported: () => this.#reported() };
    this.#gears = new Gears({ ...options, events });
    if (!options.isTransactional) return;
    const { renewed } = options;
    this.transactions = new KafkaTransactions({
      ...{ clock: options.clock, logger: options.logger },
      driver: () => this.#gears.hot.driver,
      nudge: () => this.#gears.hot.nudge(),
      mustAbort: () => this.#mustAbort,
      begun: () => {
        this.#mustAbort = false;
      },
      flush: () => this.flush(),
      discard: () => this.#discard(transactionGone()),
      ...(renewed !== undefined && { renew: () => this.#renew(renewed) }),
    });
  }

  get isFull(): boolean {
    return this.#isDriverFull || this.#waiting.length >= waitingMax;
  }

  append(
    topic: string,
    key: Payload,
    value: Payload,
    partition?: number,
    timestamp?: number,
    headers?: readonly HeaderPair[],
    origin = 0,
  ): void {
    if (headers === undefined && this.#waiting.length === 0 && !this.#isHeld && !this.#mustAbort && !this.#gears.areReporting) {
      this.#mustBeOpen();
      this.transactions?.checkOpen();
      if (this.#gears.hot.append(topic, key, value, partition, timestamp, origin)) {
        this.#handOverInTurn();
        return;
      }
    }
    this.#take(outbound({ topic, key, value, partition, timestamp, headers, origin }));
  }

  handOver(): void {
    this.#proceed();
  }

  send(message: Outgoing): Promise<Position> {
    return this.#send(message, (outbound) => this.#take(outbound));
  }

  sendAlone(message: Outgoing): Promise<Position> {
    return this.#send(message, (outbound) => {
      this.#check(outbound);
      if (this.#mustAbort) return outbound.outcome?.reject(transactionGone());
      this.#waiting.push({ alone: outbound });
      this.#proceed();
    });
  }

  #send(message: Outgoing, take: (message: Outbound) => void): Promise<Position> {
    const { sending, resolve, reject } = Sending.open();
    try {
      take(outbound(message, { sending, resolve, reject }));
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

  close(ms?: number): Promise<void> {
    this.#closing ??= this.#close(ms);
    return this.#closing;
  }

  async #close(ms: number | undefined): Promise<void> {
    const flushed = this.flush();
    await closeProducer({
      ms,
      clock: this.#options.clock,
      logger: this.#options.logger,
      flushed,
      silence: () => {
        this.#isClosed = true;
        const drivers = this.#gears.close(closedProducer());
        this.#discard(closedProducer());
        return drivers;
      },
    });
    this.#options.closed();
  }

  /** Of a transaction that was refused a message the others are not waited for: most will never be sent. */
  #reported(): void {
    if (this.transactions !== undefined && this.#failures.length > 0 && !this.#mustAbort) {
      this.#mustAbort = true;
      const flushes = this.#waiting.drain().filter((item) => {
        if (!('flushed' in item)) messageOf(item).outcome?.reject(transactionGone());
        return 'flushed' in item;
      });
      for (const flush of flushes) this.#waiting.push(flush);
      this.#gears.hot.discard(transactionGone());
    }
    this.#proceed();
  }

  async #renew(open: () => Promise<GearsOptions['first']>): Promise<void> {
    const first = await open();
    const former = this.#gears.replace(first, transactionGone());
    this.#discard(transactionGone());
    await disconnect(former, this.#options.clock);
    this.#failures = [];
  }

  /** Messages that have not left yet, and those who wait for them to leave, hear that it will not happen. */
  #discard(reason: TransportError): void {
    this.#gears.hot.discard(reason);
    for (const item of this.#waiting.drain()) {
      if ('flushed' in item) item.failed(reason);
      else messageOf(item).outcome?.reject(reason);
    }
    this.#makeRoom();
  }

  #check(message: Outbound): void {
    this.#mustBeOpen();
    this.transactions?.checkOpen();
    if (sizeBytes(message) > this.#options.messageMaxBytes) throw tooLarge(message, this.#options.messageMaxBytes);
  }

  #take(message: Outbound): void {
    this.#check(message);
    if (this.#mustAbort) message.outcome?.reject(transactionGone());
    else if (this.#waiting.length > 0 || this.#isHeld || !this.#gears.areReady(message)) {
      this.#waiting.push(message);
      this.#proceed();
    } else if (!this.#gears.for(message).produce(message)) {
      this.#waiting.push(message);
      this.#waitForRoom();
    } else if (message.outcome !== undefined) this.#handOverSoon();
  }

  /** Whoever appends much hands over by himself; what others append must not wait for him. */
  #handOverInTurn(): void {
    if (this.#isHandingOverInTurn || this.#gears.hot.reports !== 'asked') return;
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

  /** Lets go what waits, as far as it can go. */
  #proceed(): void {
    while (!this.#isHeld && !this.#isDriverFull) {
      const next = this.#waiting.peek();
      const message = next === undefined || 'flushed' in next || 'alone' in next || !this.#gears.areReady(next) ? undefined : next;
      if (!(message === undefined ? this.#gears.hot.handOver() : this.#produce(message))) {
        this.#waitForRoom();
        return;
      }
      if (next === undefined) break;
      if (message === undefined) {
        void this.#hold(() => this.#whileHeld(next));
        return;
      }
      this.#waiting.shift();
    }
    this.#makeRoom();
  }

  /** A message that can never be sent fails, now that its caller is gone. */
  #produce(message: Outbound): boolean {
    try {
      return this.#gears.for(message).produce(message);
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

  /** What must not run beside anything else. */
  #whileHeld(next: Waiting): Promise<void> {
    if (!('flushed' in next) && !('alone' in next)) return this.#gears.change();
    this.#waiting.shift();
    return 'flushed' in next ? this.#flushFor(next) : this.#goAlone(next.alone);
  }

  async #goAlone(message: Outbound): Promise<void> {
    const transaction = this.transactions?.current;
    await this.#gears.flush().catch(() => undefined);
    if (this.#mustAbort || this.transactions?.current !== transaction) return message.outcome?.reject(transactionGone());
    // Where it needs another gear, that one has nothing on its way either.
    if (!this.#gears.areReady(message)) await this.#gears.change();
    await this.#untilTaken(() => this.#produce(message));
    await this.#untilTaken(() => this.#gears.for(message).handOver());
    if (this.#isClosed) message.outcome?.reject(closedProducer());
    await this.#gears.flush().catch(() => undefined);
  }

  async #untilTaken(attempt: () => boolean): Promise<void> {
    while (!this.#isClosed && !attempt()) await this.#options.clock.sleep(roomMs);
  }

  /** Everything taken before the flush is on its way; what is taken now waits behind it. */
  async #flushFor(waiting: Extract<Waiting, { flushed: unknown }>): Promise<void> {
    try {
      await this.#gears.flush();
      if (this.#isClosed) throw closedProducer();
    } catch (thrown) {
      waiting.failed(thrown as Error);
      return;
    }
    // Whoever looked at his `send` knows by himself; but no transaction can be committed without what was refused.
    const counts = (sending: Sending | undefined) => this.transactions !== undefined || !sending?.isObserved;
    const failures = this.#failures.filter(({ sending }) => counts(sending)).map(({ message, error }) => ({ message, error }));
    this.#failures = [];
    if (failures.length > 0) waiting.failed(new DeliveryError(failures));
    else if (this.#mustAbort) waiting.failed(transactionGone());
    else waiting.flushed();
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

  #mustBeOpen(): void {
    if (this.#isClosed) throw new LifecycleError('the producer is closed');
  }
}

function messageOf(item: Outbound | { readonly alone: Outbound }): Outbound {
  return 'alone' in item ? item.alone : item;
}

function transactionGone(): TransportError {
  return new TransportError('the transaction was aborted', { code: 'TRANSACTION_ABORTED' });
}

function tooLarge(message: Outbound, limit: number): TransportError {
  return new TransportError(
    `cannot send to topic "${message.topic}": the message has ${sizeBytes(message)} bytes, more than message.max.bytes (${limit}). Raise it under kafka: {…} and max.message.bytes of the topic, or send less`,
    { code: 'DELIVERY_FAILED' },
  );
}
