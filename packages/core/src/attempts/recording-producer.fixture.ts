import { TransportError } from '../errors/index.js';
import type { Position } from '../positions/index.js';
import {
  DeliveryError,
  type FailedDelivery,
  type HeaderPair,
  type Outgoing,
  type Payload,
  type Producer,
  Sending,
} from '../transport/index.js';
import { Attempt, type AttemptLane, runAs } from './index.js';

/** A message that left, and by which call. */
export interface Left {
  readonly by: 'append' | 'send' | 'sendAlone';
  readonly message: Outgoing;
  /** Ends the promise of `send` and `sendAlone`. */
  readonly resolve: (position: Position) => void;
  readonly reject: (error: Error) => void;
}

const nobodyWaits = () => undefined;

/** A producer that writes down what it is given and sends nothing. */
export class RecordingProducer implements Producer {
  readonly left: Left[] = [];
  readonly isFull = false;
  /** What becomes of the next flushes. @default acknowledged at once */
  readonly flushes: Promise<void>[] = [];
  /** Values that can never be sent. */
  readonly unsendable = new Set<Payload>();

  append(
    topic: string,
    key: Payload,
    value: Payload,
    partition?: number,
    timestamp?: number,
    headers?: readonly HeaderPair[],
    origin?: number,
  ): void {
    if (this.unsendable.has(value)) throw new TypeError('it can never be sent');
    const message = { topic, key, value, partition, timestamp, headers, origin };
    this.left.push({ by: 'append', message, resolve: nobodyWaits, reject: nobodyWaits });
  }

  send(message: Outgoing): Promise<Position> {
    return this.#take('send', message);
  }

  sendAlone(message: Outgoing): Promise<Position> {
    return this.#take('sendAlone', message);
  }

  #take(by: Left['by'], message: Outgoing): Promise<Position> {
    const { sending, resolve, reject } = Sending.open();
    this.left.push({ by, message, resolve, reject });
    return sending;
  }

  handOver(): void {}

  drained(): Promise<void> {
    return Promise.resolve();
  }

  flush(): Promise<void> {
    return this.flushes.shift() ?? Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** The values that left, in order. */
  get values(): Payload[] {
    return this.left.map(({ message }) => message.value);
  }

  /** A message that left, as it comes back when the broker does not accept it. */
  failure(value: string, error: Error = refusal()): FailedDelivery {
    const found = this.left.findLast(({ message }) => message.value === value);
    if (found === undefined) throw new Error(`${value} has not left`);
    return { message: found.message, error };
  }

  /** What a flush rejects with when messages that left are refused. */
  failed(...values: string[]): DeliveryError {
    return new DeliveryError(values.map((value) => this.failure(value)));
  }
}

/** What the broker would say again. */
export const refusal = () => new TransportError('the message is too large', { code: 'DELIVERY_FAILED' });

/** What it may not say again. */
export const outage = () => new TransportError('it took too long', { code: 'DELIVERY_FAILED', retriable: true });

export const message = (value: string): Outgoing => ({ topic: 'shipments', key: null, value });

/** A lane that a test can give up. */
export interface TestLane extends AttemptLane {
  isAbandoned: boolean;
}

export const laneOf = (name = 'Shop.ship', partition = 3): TestLane => ({
  ...{ topic: 'orders', partition, isAbandoned: false },
  agent: { name },
});

/** Begins an attempt of one event. */
export function attemptOf(owner: object, offset = 17, { lane = laneOf(), isIsolated = false } = {}): Attempt {
  return new Attempt(owner, lane, offset, offset, isIsolated);
}

/** Runs code as that of an attempt. */
export const as = <T>(attempt: Attempt, run: () => T): T => runAs(attempt, run, undefined, undefined);

/** A promise that a test settles. */
export function pending(): { readonly promise: Promise<void>; readonly resolve: () => void; readonly reject: (why: Error) => void } {
  let resolve!: () => void;
  let reject!: (why: Error) => void;
  const promise = new Promise<void>((done, failed) => {
    resolve = done;
    reject = failed;
  });
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}

/** Lets everything go on that waits for nothing but its turn. */
export const still = () => new Promise<void>((resolve) => setImmediate(resolve));
