import { TransportError } from '@weir/core/internal/errors';
import type { Payload } from '@weir/core/internal/transport';
import { called } from '../driver/calls.js';
import type { DriverProducer } from '../driver/driver-types.js';
import { codes, destination, hasCode, transportError } from '../driver/errors.js';
import { flushSliceMs, type Gear, type GearOptions } from '../producer/gear.js';
import { type Outbound, outgoing } from '../producer/outbound.js';
import type { Attached } from './attach.js';
import { Outbox } from './outbox.js';

/** Larger messages are not worth the batching, and are measured exactly. */
const smallMax = 32 * 1_024;
const partitionMax = 2 ** 31 - 1;
const idMax = 2 ** 31 - 1;

/** A message that was not accepted, and librdkafka's code. One that was asked about is known by its id. */
interface Refused {
  readonly id: number;
  readonly code: number;
  readonly topic: string;
  readonly partition: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

export interface FastGearOptions extends GearOptions {
  readonly attached: Attached;
}

/**
 * The addon's gear. Messages go out in one call a batch; of each that was asked about, and of each that failed, librdkafka tells the addon.
 * So one client serves `append` and `send` in the order of the calls.
 */
export class FastGear implements Gear {
  readonly reports = 'asked';
  readonly driver: DriverProducer;
  readonly #options: FastGearOptions;
  readonly #outbox: Outbox;
  readonly #asked = new Map<number, Outbound>();
  #lastId = 0;
  #isDirty = false;
  #isDiscarded = false;
  #isClosed = false;

  constructor(options: FastGearOptions) {
    this.#options = options;
    this.driver = options.driver;
    this.#outbox = new Outbox(options.attached);
    const { addon, number } = options.attached;
    addon.tell(number, () => {
      this.#collect();
      options.reported();
    });
  }

  get outstanding(): number {
    return this.#asked.size;
  }

  get isDirty(): boolean {
    return this.#isDirty;
  }

  append(
    topic: string,
    key: Payload,
    value: Payload,
    partition: number | undefined,
    timestamp: number | undefined,
    origin: number,
  ): boolean {
    if ((key?.length ?? 0) + (value?.length ?? 0) > smallMax || !isPartition(partition)) return false;
    const [at, when] = [partition ?? -1, timestamp ?? 0];
    if (!this.#outbox.append(topic, at, key, value, when, -origin)) {
      if (!this.handOver() || !this.#outbox.append(topic, at, key, value, when, -origin)) return false;
    }
    this.#isDirty = true;
    this.#isDiscarded = false;
    return true;
  }

  produce(message: Outbound): boolean {
    if (!isPartition(message.partition ?? undefined)) throw notAPartition(message);
    const id = message.outcome === undefined ? -message.origin : this.#nextId();
    if (!this.#outbox.add(message, id) && !(this.handOver() && this.#outbox.add(message, id))) return false;
    if (id > 0) this.#asked.set(id, message);
    this.#isDirty = true;
    this.#isDiscarded = false;
    return true;
  }

  handOver(): boolean {
    return this.#outbox.handOver();
  }

  async flush(): Promise<void> {
    const { addon, number } = this.#options.attached;
    while (this.#isDirty && !this.#isClosed) {
      // librdkafka flushes what it has.
      if (!(await addon.given(number, flushSliceMs))) continue;
      try {
        await called(this.driver, (done) => this.driver.flush(flushSliceMs, done));
      } catch (thrown) {
        if (!hasCode(thrown, codes.timedOut)) throw transportError(thrown, 'cannot flush', 'DELIVERY_FAILED');
        if (!this.#isDiscarded) continue;
        this.#collect();
        return;
      }
      // The addon has heard of a message before librdkafka counts it as done.
      this.#collect();
      this.#isDirty = false;
    }
  }

  discard(reason: Error): void {
    this.#isDiscarded = true;
    for (const id of this.#outbox.clear()) this.#forget(id)?.outcome?.reject(reason);
    // What becomes of those that librdkafka has is still told.
    for (const message of this.#asked.values()) message.outcome?.reject(reason);
  }

  nudge(): void {
    const { addon, number } = this.#options.attached;
    addon.nudge(number);
  }

  close(reason: Error): void {
    this.#isClosed = true;
    const { addon, number } = this.#options.attached;
    addon.forget(number);
    this.#collect();
    for (const message of this.#asked.values()) message.outcome?.reject(reason);
    this.#asked.clear();
  }

  /** What librdkafka has told the addon. */
  #collect(): void {
    const { addon, number } = this.#options.attached;
    const row = addon.reports(number);
    for (let at = 0; at < row.length; ) {
      const [id, code, partition, offset] = [row[at] as number, row[at + 1] as number, row[at + 2] as number, row[at + 3] as number];
      at += 4;
      if (id <= 0) {
        this.#refused({
          id,
          code,
          partition,
          topic: row[at] as string,
          key: row[at + 1] as Buffer | null,
          value: row[at + 2] as Buffer | null,
        });
        at += 3;
      } else if (code !== 0) this.#refused({ id, code, partition, topic: '', key: null, value: null });
      else {
        const message = this.#forget(id);
        if (message !== undefined) message.outcome?.resolve({ topic: message.topic, partition, offset });
      }
    }
  }

  #refused({ id, code, topic, partition, key, value }: Refused): void {
    const message = this.#forget(id);
    const { addon, number } = this.#options.attached;
    const cause = Object.assign(new Error(addon.describe(number, code)), { code });
    const doing = `the broker did not accept a message to ${destination(cause, message?.topic ?? topic, message?.partition ?? partition)}`;
    const error = transportError(cause, doing, 'DELIVERY_FAILED');
    message?.outcome?.reject(error);
    const refused = message === undefined ? { topic, key, value, origin: -id, ...(partition >= 0 && { partition }) } : outgoing(message);
    this.#options.failed({ message: refused, error, sending: message?.outcome?.sending });
  }

  #forget(id: number): Outbound | undefined {
    const message = this.#asked.get(id);
    this.#asked.delete(id);
    return message;
  }

  #nextId(): number {
    do this.#lastId = this.#lastId === idMax ? 1 : this.#lastId + 1;
    while (this.#asked.has(this.#lastId));
    return this.#lastId;
  }
}

function isPartition(partition: number | undefined): boolean {
  return partition === undefined || (Number.isInteger(partition) && partition >= 0 && partition <= partitionMax);
}

function notAPartition({ topic, partition }: Outbound): TransportError {
  return new TransportError(`cannot send to topic "${topic}": a partition is a whole number from 0, not ${partition}`, {
    code: 'DELIVERY_FAILED',
  });
}
