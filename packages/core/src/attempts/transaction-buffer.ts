import type { Attempt } from './attempt.js';

/** So many messages may wait before lanes take no further event. */
const waitingMax = 10_000;
const waitingBytesMax = 16 * 1024 * 1024;

/** A message that waits for the next transaction. */
interface Waiting {
  /** Undefined for timers and services. */
  readonly attempt: Attempt | undefined;
  readonly pass: () => void;
  /** Told when it goes nowhere; undefined where nobody waits for it. */
  readonly refuse: ((why: Error) => void) | undefined;
}

/** Messages of what goes on while a transaction is committed: they belong to the next one. */
export class TransactionBuffer {
  #waiting: Waiting[] = [];
  #bytes = 0;

  get isCrowded(): boolean {
    return this.#waiting.length >= waitingMax || this.#bytes >= waitingBytesMax;
  }

  add(waiting: Waiting, bytes: number): void {
    this.#waiting.push(waiting);
    this.#bytes += bytes;
  }

  take(): readonly Waiting[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    return waiting;
  }
}
