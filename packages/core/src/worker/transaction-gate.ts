import { type LaneScope, laneScope } from '../agents/index.js';
import { LifecycleError, type Position } from '../errors/index.js';
import type { Outlet } from '../topics/index.js';
import { type HeaderPair, type Outgoing, type Payload, type Producer, Sending } from '../transport/index.js';

/** Messages that may wait here before handlers must stop making more. */
const waitingMax = 10_000;
/** Bytes that may wait. */
const waitingBytesMax = 16 * 1024 * 1024;

/** A message that waits for the next transaction. */
interface Held {
  /** Who sent it; undefined for timers and services. */
  readonly scope: LaneScope | undefined;
  readonly pass: () => void;
  readonly refuse: ((why: Error) => void) | undefined;
}

/**
 * Holds back what is sent while a transaction is being committed: it belongs to the next one. What was sent for events that are given up
 * meanwhile goes nowhere: they run again.
 */
export class TransactionGate implements Outlet {
  readonly #producer: Producer;
  #waiting: Held[] = [];
  #waitingBytes = 0;
  #isOpen = false;
  #broken: Error | undefined;
  #crowded = () => {};
  /** Messages let through since the gate was opened last. */
  sinceOpened = 0;

  constructor(producer: Producer) {
    this.#producer = producer;
  }

  /** Told again and again while more waits than should: handlers must rest until the gate opens. */
  whenCrowded(listener: () => void): void {
    this.#crowded = listener;
  }

  append(topic: string, key: Payload, value: Payload, partition?: number, timestamp?: number, headers?: readonly HeaderPair[]): void {
    if (this.#isOpen) {
      this.sinceOpened++;
      this.#producer.append(topic, key, value, partition, timestamp, headers);
      return;
    }
    const message = { topic, key, value, partition, timestamp, headers };
    this.#hold(message, () => this.#append(message));
  }

  send(message: Outgoing): Promise<Position> {
    return this.#send(message, () => this.#producer.send(message));
  }

  sendAlone(message: Outgoing): Promise<Position> {
    return this.#send(message, () => this.#producer.sendAlone(message));
  }

  #send(message: Outgoing, send: () => Promise<Position>): Promise<Position> {
    if (this.#isOpen) {
      this.sinceOpened++;
      return send();
    }
    const { sending, begin, refuse } = Sending.later();
    this.#hold(message, () => begin(send()), refuse);
    return sending;
  }

  close(): void {
    this.#isOpen = false;
  }

  open(): void {
    this.#isOpen = true;
    this.sinceOpened = 0;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const { scope, pass, refuse } of waiting) {
      if (scope?.isAbandoned === true) {
        refuse?.(givenUp());
        continue;
      }
      this.sinceOpened++;
      pass();
    }
  }

  /** Never opens again: nobody waits for it any longer. */
  break(why: Error): void {
    this.#isOpen = false;
    this.#broken = why;
    for (const { refuse } of this.#waiting.splice(0)) refuse?.(why);
  }

  #hold({ key, value }: Outgoing, pass: () => void, refuse?: (why: Error) => void): void {
    if (this.#broken !== undefined) {
      if (refuse === undefined) throw this.#broken;
      refuse(this.#broken);
      return;
    }
    this.#waiting.push({ scope: laneScope.getStore(), pass, refuse });
    this.#waitingBytes += (key?.length ?? 0) + (value?.length ?? 0);
    if (this.#waiting.length % waitingMax === 0 || this.#waitingBytes > waitingBytesMax) this.#crowded();
  }

  /** Whoever appended it is gone: what is wrong with it shows at the next flush, as if the broker had refused it. */
  #append(message: Outgoing): void {
    const { topic, key, value, partition, timestamp, headers } = message;
    try {
      this.#producer.append(topic, key, value, partition, timestamp, headers);
    } catch {
      void this.#producer.send(message);
    }
  }
}

function givenUp(): LifecycleError {
  return new LifecycleError('the event that this was sent for runs again: its transaction was aborted');
}
