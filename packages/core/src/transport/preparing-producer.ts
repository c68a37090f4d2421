import { asError, reason, TransportError } from '../errors/index.js';
import type { Position } from '../positions/index.js';
import { DeliveryError } from './delivery-error.js';
import type { HeaderPair, Payload } from './payload.js';
import type { FailedDelivery, Outgoing, Producer, Transactions } from './producer.js';
import { Sending } from './sending.js';

/** A topic that is seen to before the first message to it. */
export interface PreparedTopic {
  readonly topic: string;
  /** Resolves when messages may go there. After a failure it is called again for the next one. */
  prepare(): Promise<void>;
}

/** So many may wait before the caller is asked for patience. */
const waitingMax = 10_000;

/** A message that waits until its topic is there. */
interface Waiting {
  readonly message: Outgoing;
  readonly pass: () => void;
  /** Where its sender waits; undefined for one that was appended. */
  readonly sender: { readonly sending: Sending; readonly refuse: (error: Error) => void } | undefined;
}

/** A producer that sees to one topic before the first message to it: until then those messages are on their way, as all others are that nobody has acknowledged. */
export class PreparingProducer implements Producer {
  readonly transactions?: Transactions;
  readonly #producer: Producer;
  readonly #prepared: PreparedTopic;
  readonly #topic: string;
  #isReady = false;
  #preparing: Promise<void> | undefined;
  #waiting: Waiting[] = [];
  #failed: { readonly failure: FailedDelivery; readonly sending: Sending | undefined }[] = [];

  constructor(producer: Producer, prepared: PreparedTopic) {
    this.#producer = producer;
    this.#prepared = prepared;
    this.#topic = prepared.topic;
    const { transactions } = producer;
    if (transactions !== undefined)
      this.transactions = {
        begin: () => transactions.begin(),
        commit: (...given) => transactions.commit(...given),
        abort: () => {
          this.#drop(new TransportError('the message was taken back with its transaction', { code: 'TRANSACTION_ABORTED' }));
          return transactions.abort();
        },
      };
  }

  append(
    topic: string,
    key: Payload,
    value: Payload,
    partition?: number,
    timestamp?: number,
    headers?: readonly HeaderPair[],
    origin?: number,
  ): void {
    if (this.#isReady || topic !== this.#topic) {
      this.#producer.append(topic, key, value, partition, timestamp, headers, origin);
      return;
    }
    const pass = () => this.#producer.append(topic, key, value, partition, timestamp, headers, origin);
    this.#wait({ message: { topic, key, value, partition, timestamp, headers, origin }, pass, sender: undefined });
  }

  handOver(): void {
    this.#producer.handOver();
  }

  send(message: Outgoing): Promise<Position> {
    if (this.#isReady || message.topic !== this.#topic) return this.#producer.send(message);
    return this.#sendLater(message, () => this.#producer.send(message));
  }

  sendAlone(message: Outgoing): Promise<Position> {
    if (this.#isReady || message.topic !== this.#topic) return this.#producer.sendAlone(message);
    return this.#sendLater(message, () => this.#producer.sendAlone(message));
  }

  #sendLater(message: Outgoing, send: () => Promise<Position>): Promise<Position> {
    const { sending, begin, refuse } = Sending.later();
    this.#wait({ message, pass: () => begin(send()), sender: { sending, refuse } });
    return sending;
  }

  #wait(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#preparing ??= this.#prepareNow();
  }

  async #prepareNow(): Promise<void> {
    try {
      await this.#prepared.prepare();
      this.#isReady = true;
      for (const waiting of this.#waiting.splice(0)) this.#pass(waiting);
      this.#producer.handOver();
    } catch (thrown) {
      const error = notReady(this.#topic, thrown);
      for (const waiting of this.#waiting.splice(0)) this.#fail(waiting, error);
    }
    this.#preparing = undefined;
  }

  #pass(waiting: Waiting): void {
    try {
      waiting.pass();
    } catch (thrown) {
      this.#fail(waiting, asError(thrown));
    }
  }

  #fail({ message, sender }: Waiting, error: Error): void {
    sender?.refuse(error);
    this.#failed.push({ failure: { message, error }, sending: sender?.sending });
  }

  /** Nothing of what waits goes out, and nobody hears of what has failed. */
  #drop(error: Error): void {
    for (const { sender } of this.#waiting.splice(0)) sender?.refuse(error);
    this.#failed = [];
  }

  get isFull(): boolean {
    return this.#producer.isFull || this.#waiting.length >= waitingMax;
  }

  async drained(): Promise<void> {
    await this.#preparing;
    await this.#producer.drained();
  }

  async flush(): Promise<void> {
    await this.#preparing;
    const counts = (sending: Sending | undefined) => this.transactions !== undefined || sending?.isObserved !== true;
    const failures = this.#failed
      .splice(0)
      .filter(({ sending }) => counts(sending))
      .map(({ failure }) => failure);
    try {
      await this.#producer.flush();
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error;
      failures.unshift(...error.failures);
    }
    if (failures.length > 0) throw new DeliveryError(failures);
  }

  close(ms?: number): Promise<void> {
    this.#drop(
      new TransportError('the producer was closed before the message was delivered', { code: 'DELIVERY_FAILED', retriable: true }),
    );
    return this.#producer.close(ms);
  }
}

function notReady(topic: string, cause: unknown): TransportError {
  const retriable = cause instanceof TransportError && cause.retriable;
  return new TransportError(`a message to "${topic}" was not sent: ${reason(cause)}`, { code: 'DELIVERY_FAILED', cause, retriable });
}
