import { TransportError } from '@weir/core/internal/errors';
import type { FailedDelivery, Payload, Sending } from '@weir/core/internal/transport';
import { called } from '../driver/calls.js';
import type { DriverError, DriverProducer, DriverReport } from '../driver/driver-types.js';
import { codes, destination, hasCode, transportError } from '../driver/errors.js';
import { type Outbound, outgoing } from './outbound.js';
import { driverBytes } from './payload.js';

/** How long one call to the driver waits: it holds a thread of the pool, and the end of the producer waits for it. */
export const flushSliceMs = 1_000;

/** A message that was not accepted, with the promise of its sender, who may be looking at it or not. */
export interface Failure extends FailedDelivery {
  readonly sending: Sending | undefined;
}

export interface GearOptions {
  readonly driver: DriverProducer;
  /** Told of every message that the broker did not accept. */
  readonly failed: (failure: Failure) => void;
  /** Told after reports have come in. */
  readonly reported: () => void;
}

/** A client that messages go out through. */
export interface Gear {
  readonly driver: DriverProducer;
  /** Which messages it tells of: only those that fail, every one, or those that somebody asks about and those that fail. */
  readonly reports: 'failures' | 'all' | 'asked';
  /** Messages that are asked about and not reported yet. */
  readonly outstanding: number;
  /** Whether something was produced since the last complete flush. */
  readonly isDirty: boolean;
  /**
   * Takes a message.
   * @returns false when there is no room: try again later
   * @throws TransportError when the message can never be sent
   */
  produce(message: Outbound): boolean;
  /** The hot path: the same without an object for the message. False also for one that must go the other way. */
  append(
    topic: string,
    key: Payload,
    value: Payload,
    partition: number | undefined,
    timestamp: number | undefined,
    origin: number,
  ): boolean;
  /**
   * Gives what was collected to the client.
   * @returns false when its queue is full: try again later
   */
  handOver(): boolean;
  /** Resolves when the broker has answered for everything that was handed over, and every report of it has come in. */
  flush(): Promise<void>;
  /** Forgets what was not handed over. Who waits for a message hears the reason, and a flush waits no longer than for what is known by then. */
  discard(reason: Error): void;
  /** Has the client look around, where that can be done: it waits for something that does not come by itself. */
  nudge(): void;
  /** Ends a waiting flush; who waits for a message hears the reason. */
  close(reason: Error): void;
}

/**
 * A producer of the driver. With reports of failures only (`delivery.report.only.error`) it is hot; reports of all cost the main thread
 * three times as much.
 */
export class DriverGear implements Gear {
  readonly driver: DriverProducer;
  readonly #options: GearOptions;
  readonly #asked = new Set<Outbound>();
  #outstanding = 0;
  #isDirty = false;
  #isDiscarded = false;
  #isClosed = false;

  constructor(
    readonly reports: 'failures' | 'all',
    options: GearOptions,
  ) {
    this.#options = options;
    this.driver = options.driver;
    this.driver.on('delivery-report', (error: DriverError | null | undefined, report: DriverReport) => this.#report(error, report));
  }

  get outstanding(): number {
    return this.#outstanding;
  }

  get isDirty(): boolean {
    return this.reports === 'all' ? this.#outstanding > 0 : this.#isDirty;
  }

  produce(message: Outbound): boolean {
    try {
      this.driver.produce(
        message.topic,
        message.partition,
        driverBytes(message.value),
        driverBytes(message.key),
        message.timestamp,
        this.reports === 'all' ? message : undefined,
        message.headers,
      );
    } catch (thrown) {
      if (hasCode(thrown, codes.queueFull)) return false;
      throw transportError(thrown, `cannot send to ${destination(thrown, message.topic, message.partition)}`, 'DELIVERY_FAILED');
    }
    if (this.reports === 'all') this.#outstanding += 1;
    else this.#isDirty = true;
    if (message.outcome !== undefined) this.#asked.add(message);
    this.#isDiscarded = false;
    return true;
  }

  /** Whoever wants to know the origin of what fails asks for reports of all: librdkafka keeps no more of the others. */
  append(topic: string, key: Payload, value: Payload, partition: number | undefined, timestamp: number | undefined): boolean {
    const [keyBytes, valueBytes] = [driverBytes(key), driverBytes(value)];
    try {
      this.driver.produce(topic, partition ?? null, valueBytes, keyBytes, timestamp ?? null);
    } catch (thrown) {
      if (hasCode(thrown, codes.queueFull)) return false;
      throw transportError(thrown, `cannot send to ${destination(thrown, topic, partition)}`, 'DELIVERY_FAILED');
    }
    this.#isDirty = true;
    return true;
  }

  /** Nothing is collected: the driver takes each message at once. */
  handOver(): boolean {
    return true;
  }

  async flush(): Promise<void> {
    while (this.isDirty && !this.#isClosed) {
      try {
        await called(this.driver, (done) => this.driver.flush(flushSliceMs, done));
      } catch (thrown) {
        if (!hasCode(thrown, codes.timedOut)) throw transportError(thrown, 'cannot flush', 'DELIVERY_FAILED');
        if (this.#isDiscarded) return;
        continue;
      }
      // Reports come through another handle of the event loop than the end of the flush; both are there after one turn.
      await new Promise((resolve) => setImmediate(resolve));
      this.#isDirty = false;
    }
  }

  nudge(): void {}

  discard(reason: Error): void {
    this.#isDiscarded = true;
    for (const { outcome } of this.#asked) outcome?.reject(reason);
  }

  close(): void {
    this.#isClosed = true;
  }

  #report(error: DriverError | null | undefined, report: DriverReport): void {
    const message = report.opaque as Outbound | undefined;
    if (this.reports === 'all') this.#outstanding -= 1;
    if (message !== undefined) this.#asked.delete(message);
    if (error) this.#refused(error, report, message);
    else message?.outcome?.resolve({ topic: report.topic, partition: report.partition, offset: report.offset });
    this.#options.reported();
  }

  #refused(error: DriverError, report: DriverReport, message: Outbound | undefined): void {
    const failure = transportError(
      error,
      `the broker did not accept a message to ${destination(error, report.topic, report.partition)}`,
      'DELIVERY_FAILED',
    );
    message?.outcome?.reject(failure);
    const { topic, partition, key = null, value = null } = report;
    const refused = message === undefined ? { topic, partition, key, value } : outgoing(message);
    this.#options.failed({ message: refused, error: failure, sending: message?.outcome?.sending });
  }
}

/** What a producer that is closed says. */
export function closedProducer(): TransportError {
  return new TransportError('the producer was closed before the broker had answered', { code: 'DELIVERY_FAILED' });
}
