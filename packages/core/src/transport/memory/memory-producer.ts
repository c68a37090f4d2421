import { asError, LifecycleError, reason, TransportError } from '../../errors/index.js';
import type { Position, TopicPartition } from '../../positions/index.js';
import { within } from '../../time/index.js';
import { DeliveryError } from '../delivery-error.js';
import type { HeaderPair, Payload } from '../payload.js';
import type { FailedDelivery, Outgoing, Producer, ProducerOptions } from '../producer.js';
import { Sending } from '../sending.js';
import { never } from './breather.js';
import type { Client, Cluster } from './cluster.js';
import type { PartitionLog } from './logs/partition-log.js';
import { Outbox, type Parcel } from './outbox.js';
import { MemoryTransactions } from './transactions/memory-transactions.js';

/** The largest message in bytes of key, value and headers: Kafka's default for `message.max.bytes`. */
const maxMessageBytes = 1_048_576;

/** How long `close` waits for what is on its way. */
const closeWithinMs = 3_000;

/** A producer of the in-memory broker. */
export class MemoryProducer implements Producer, Client {
  readonly transactions?: MemoryTransactions;
  readonly #cluster: Cluster;
  readonly #outbox: Outbox;
  #failed: { readonly failure: FailedDelivery; readonly sending: Sending | undefined }[] = [];
  #state: 'open' | 'closed' | 'crashed' = 'open';

  constructor(cluster: Cluster, { transactionalId, isSole = false }: ProducerOptions) {
    this.#cluster = cluster;
    this.#outbox = new Outbox({
      clock: cluster.clock,
      activity: cluster.activity,
      faults: cluster.faults,
      deliver: (parcel) => this.#deliver(parcel),
    });
    if (transactionalId !== undefined) this.transactions = new MemoryTransactions(cluster, this, transactionalId, isSole);
    cluster.clients.add(this);
  }

  /** Whether messages are about to reach the broker without the clock or the broker having to change first. */
  get isMoving(): boolean {
    return this.#outbox.isMoving;
  }

  get isFull(): boolean {
    return this.#outbox.isFull;
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
    if (this.#state === 'crashed') return;
    this.#outbox.add(this.#pack({ topic, key, value, partition, timestamp, headers, origin }));
  }

  handOver(): void {
    this.#outbox.handOver();
  }

  send(message: Outgoing): Sending {
    const sender = Sending.open();
    if (this.#state === 'crashed') return sender.sending;
    try {
      this.#outbox.add({ ...this.#pack(message), sender });
      this.#outbox.handOver();
    } catch (thrown) {
      this.#fail({ message, sender }, asError(thrown));
    }
    return sender.sending;
  }

  /** Here no message shares another's fate. */
  sendAlone(message: Outgoing): Sending {
    return this.send(message);
  }

  drained(): Promise<void> {
    return this.#state === 'crashed' ? never() : this.#outbox.drained();
  }

  async flush(): Promise<void> {
    if (this.#state === 'crashed') return never();
    await this.#outbox.settled();
    if (this.#isCrashed()) return never();
    const counts = (sending: Sending | undefined) => this.transactions !== undefined || sending?.isObserved !== true;
    const failures = this.#failed.filter(({ sending }) => counts(sending)).map(({ failure }) => failure);
    this.#failed = [];
    const fenced = failures.find(({ error }) => error instanceof TransportError && error.code === 'PRODUCER_FENCED');
    if (fenced !== undefined) throw fenced.error;
    if (failures.length > 0) throw new DeliveryError(failures);
  }

  async close(ms = closeWithinMs): Promise<void> {
    if (this.#state !== 'open') return;
    this.#outbox.handOver();
    const { faults, clock } = this.#cluster;
    if (!faults.isDown) await within(clock, Math.min(ms, closeWithinMs), this.#outbox.settled(), 'late');
    if (this.#isCrashed()) return;
    const error = new TransportError('the producer was closed before the message was delivered', {
      code: 'DELIVERY_FAILED',
      retriable: true,
    });
    for (const parcel of this.#outbox.discard()) this.#fail(parcel, error);
    this.#end('closed');
  }

  /** Drops it on the spot: what was not delivered is lost, an open transaction is aborted. */
  crash(): void {
    if (this.#state === 'closed') return;
    this.#end('crashed');
  }

  retry(): void {
    this.#outbox.move();
  }

  /** Takes back what was not delivered yet and forgets what has failed, as a transaction is aborted. */
  discard(): void {
    const error = new TransportError('the message was taken back with its transaction', { code: 'TRANSACTION_ABORTED' });
    for (const { sender } of this.#outbox.discard()) sender?.reject(error);
    this.#failed = [];
  }

  #end(state: 'closed' | 'crashed'): void {
    this.#state = state;
    this.#outbox.close();
    this.transactions?.drop(state);
    this.#cluster.clients.delete(this);
    this.#cluster.activity.note();
  }

  #isCrashed(): boolean {
    return this.#state === 'crashed';
  }

  /** Takes a message's bytes from the caller. @throws when it can never be sent */
  #pack(message: Outgoing): Parcel {
    if (this.#state === 'closed') throw new LifecycleError('the producer is closed');
    const parcel: Parcel = {
      message,
      key: bytes(message.key),
      value: bytes(message.value),
      headers: (message.headers ?? []).map(([name, value]) => [name, bytes(value)]),
      timestamp: message.timestamp ?? this.#cluster.clock.now(),
      transaction: this.transactions?.current(),
    };
    const sizeBytes = sizeOf(parcel);
    if (sizeBytes <= maxMessageBytes) return parcel;
    throw new TransportError(`a message of ${sizeBytes} bytes to ${message.topic} is larger than the broker takes (${maxMessageBytes})`, {
      code: 'DELIVERY_FAILED',
    });
  }

  #deliver(parcel: Parcel): void {
    try {
      const position = this.#write(parcel);
      parcel.sender?.resolve(position);
    } catch (thrown) {
      this.#fail(parcel, asError(thrown));
    }
  }

  #fail({ message, sender }: Pick<Parcel, 'message' | 'sender'>, error: Error): void {
    sender?.reject(error);
    this.#failed.push({ failure: { message, error }, sending: sender?.sending });
  }

  /** As Kafka says it to a producer: the message is refused, and not tried again. */
  #logOf(at: TopicPartition): PartitionLog {
    try {
      return this.#cluster.topics.log(at);
    } catch (cause) {
      throw new TransportError(`cannot send to topic "${at.topic}": ${reason(cause)}`, { code: 'DELIVERY_FAILED', cause });
    }
  }

  #write({ message, transaction, key, value, headers, timestamp }: Parcel): Position {
    const error = this.#cluster.faults.refusal(message);
    this.transactions?.checkFence();
    if (error !== undefined) throw error;
    const { topic } = message;
    const found = this.#cluster.topics.ensure(topic);
    const partition = message.partition ?? found?.choose(key) ?? 0;
    const log = this.#logOf({ topic, partition });
    const now = this.#cluster.clock.now();
    const why = found?.refusal(key, timestamp, now);
    if (why !== undefined) throw new TransportError(`cannot send to topic "${topic}": ${why}`, { code: 'DELIVERY_FAILED' });
    const content = { key, value, headers, timestamp: found?.timestamp(timestamp, now) ?? timestamp };
    return { topic, partition, offset: log.append(content, transaction) };
  }
}

function bytes(payload: Payload): Buffer | null {
  if (payload === null) return null;
  return typeof payload === 'string' ? Buffer.from(payload) : Buffer.from(payload);
}

function sizeOf({ key, value, headers }: Parcel): number {
  return (
    (key?.length ?? 0) + (value?.length ?? 0) + headers.reduce((sum, [name, content]) => sum + name.length + (content?.length ?? 0), 0)
  );
}
