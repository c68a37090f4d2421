import { TransportError } from '@weir/core/errors';
import type { FailedDelivery, Sending } from '@weir/core/transport';
import { called, type DriverError, type DriverProducer, type DriverReport } from './driver-types.js';
import { codes, hasCode, transportError } from './errors.js';
import { type Outbound, outgoing } from './outbound.js';

/** How long one call to the driver waits: it holds a thread of the pool, and the end of the producer waits for it. */
const flushSliceMs = 1_000;

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

/**
 * One driver producer. In the hot gear (`delivery.report.only.error`) only failures come back; in the reporting gear
 * every message does, which costs the main thread three times as much.
 */
export class Gear {
  readonly driver: DriverProducer;
  readonly #options: GearOptions;
  #outstanding = 0;
  #isDirty = false;
  #isClosed = false;

  /** @param reports whether every message is reported, or only those that fail */
  constructor(
    readonly reports: boolean,
    options: GearOptions,
  ) {
    this.#options = options;
    this.driver = options.driver;
    this.driver.on('delivery-report', (error: DriverError | null | undefined, report: DriverReport) => this.#report(error, report));
  }

  /** Messages that are not reported yet. Known only in the reporting gear. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** Whether something was produced since the last complete flush. */
  get isDirty(): boolean {
    return this.reports ? this.#outstanding > 0 : this.#isDirty;
  }

  /**
   * Gives a message to the driver.
   * @returns false when its queue is full: try again later
   * @throws TransportError when the message can never be sent
   */
  produce(message: Outbound): boolean {
    try {
      this.driver.produce(
        message.topic,
        message.partition,
        message.value,
        message.key,
        message.timestamp,
        this.reports ? message : undefined,
        message.headers,
      );
    } catch (thrown) {
      if (hasCode(thrown, codes.queueFull)) return false;
      throw transportError(thrown, `cannot send to topic "${message.topic}"`, 'DELIVERY_FAILED');
    }
    if (this.reports) this.#outstanding += 1;
    else this.#isDirty = true;
    return true;
  }

  /** The hot path: the same without an object for the message. */
  produceHot(topic: string, partition: number | null, value: Buffer | null, key: Buffer | null, timestamp: number | null): boolean {
    try {
      this.driver.produce(topic, partition, value, key, timestamp);
    } catch (thrown) {
      if (hasCode(thrown, codes.queueFull)) return false;
      throw transportError(thrown, `cannot send to topic "${topic}"`, 'DELIVERY_FAILED');
    }
    this.#isDirty = true;
    return true;
  }

  /** Resolves when the broker has answered for everything that was produced, and every report of it has come in. */
  async flush(): Promise<void> {
    while (this.isDirty && !this.#isClosed) {
      try {
        await called((done) => this.driver.flush(flushSliceMs, done));
      } catch (thrown) {
        if (hasCode(thrown, codes.timedOut)) continue;
        throw transportError(thrown, 'cannot flush', 'DELIVERY_FAILED');
      }
      // Reports come through another handle of the event loop than the end of the flush; both are there after one turn.
      await new Promise((resolve) => setImmediate(resolve));
      this.#isDirty = false;
    }
  }

  /** Ends a waiting flush. */
  close(): void {
    this.#isClosed = true;
  }

  #report(error: DriverError | null | undefined, report: DriverReport): void {
    const message = report.opaque as Outbound | undefined;
    if (this.reports) this.#outstanding -= 1;
    if (error) this.#refused(error, report, message);
    else message?.outcome?.resolve({ topic: report.topic, partition: report.partition, offset: report.offset });
    this.#options.reported();
  }

  #refused(error: DriverError, report: DriverReport, message: Outbound | undefined): void {
    const failure = transportError(error, `the broker did not accept a message to topic "${report.topic}"`, 'DELIVERY_FAILED');
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
