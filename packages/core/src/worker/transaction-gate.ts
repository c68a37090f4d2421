import type { Position } from '../errors/index.js';
import type { Outlet } from '../topics/index.js';
import type { HeaderPair, Outgoing, Payload, Producer } from '../transport/index.js';

/** Holds back what timers and services send while a transaction is being committed: it belongs to the next one. */
export class TransactionGate implements Outlet {
  readonly #producer: Producer;
  readonly #waiting: (() => void)[] = [];
  #isOpen = false;
  /** Messages let through since the gate was opened last. */
  sinceOpened = 0;

  constructor(producer: Producer) {
    this.#producer = producer;
  }

  append(topic: string, key: Payload, value: Payload, partition?: number, timestamp?: number, headers?: readonly HeaderPair[]): void {
    if (!this.#isOpen) {
      this.#waiting.push(() => this.#producer.append(topic, key, value, partition, timestamp, headers));
      return;
    }
    this.sinceOpened++;
    this.#producer.append(topic, key, value, partition, timestamp, headers);
  }

  send(message: Outgoing): Promise<Position> {
    if (!this.#isOpen)
      return new Promise((resolve, reject) => this.#waiting.push(() => void this.#producer.send(message).then(resolve, reject)));
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
}
