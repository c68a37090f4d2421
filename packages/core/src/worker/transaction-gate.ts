import type { Position } from '../errors/index.js';
import type { Outlet } from '../topics/index.js';
import type { HeaderPair, Outgoing, Payload, Producer } from '../transport/index.js';

/** Holds back what timers and services send while a transaction is being committed: it belongs to the next one. */
export class TransactionGate implements Outlet {
  readonly #producer: Producer;
  readonly #waiting: (() => void)[] = [];
  #isOpen = false;
  /** Messages taken since the start, also those that wait: what tells whether a failed handler left any behind. */
  count = 0;
  /** Messages let through since the gate was opened last. */
  sinceOpened = 0;

  constructor(producer: Producer) {
    this.#producer = producer;
  }

  append(topic: string, key: Payload, value: Payload, partition?: number, timestamp?: number, headers?: readonly HeaderPair[]): void {
    this.#pass(() => this.#producer.append(topic, key, value, partition, timestamp, headers));
  }

  send(message: Outgoing): Promise<Position> {
    if (!this.#isOpen) return new Promise((resolve, reject) => this.#pass(() => void this.#producer.send(message).then(resolve, reject)));
    this.count++;
    this.sinceOpened++;
    return this.#producer.send(message);
  }

  close(): void {
    this.#isOpen = false;
  }

  open(): void {
    this.#isOpen = true;
    this.sinceOpened = 0;
    for (const pass of this.#waiting.splice(0)) {
      this.sinceOpened++;
      pass();
    }
  }

  #pass(pass: () => void): void {
    this.count++;
    if (!this.#isOpen) {
      this.#waiting.push(pass);
      return;
    }
    this.sinceOpened++;
    pass();
  }
}
