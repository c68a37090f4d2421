import type { TopicPartition } from '../positions/index.js';

/** The first assignment of a worker, once it runs. */
export interface FirstAssignment {
  readonly partitions: readonly TopicPartition[];
  /** Changelog entries that were read for them. */
  readonly entries: number;
  /** From their assignment until they ran, in milliseconds. */
  readonly ms: number;
}

/** Whether a worker is ready: it has started, and the partitions of its first assignment run. */
export class Readiness {
  readonly #told: (first: FirstAssignment) => void;
  #settle!: { resolve(): void; reject(why: Error): void };
  #isSettled = false;
  #hasStarted = false;
  #first: FirstAssignment | undefined;
  /** Resolves when it is ready; rejects with what has ended the worker before. */
  readonly promise: Promise<void>;

  /** @param told once, of its first assignment */
  constructor(told: (first: FirstAssignment) => void) {
    this.#told = told;
    this.promise = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.promise.catch(() => undefined);
  }

  /** Partitions run. Those of later assignments do not matter. */
  begin(first: FirstAssignment): void {
    this.#first ??= first;
    this.#look();
  }

  started(): void {
    this.#hasStarted = true;
    this.#look();
  }

  #look(): void {
    if (this.#isSettled || !this.#hasStarted || this.#first === undefined) return;
    this.#isSettled = true;
    this.#told(this.#first);
    this.#settle.resolve();
  }

  /** The worker stops. */
  end(why: Error): void {
    this.#isSettled = true;
    this.#settle.reject(why);
  }
}
