import type { Position } from '../errors/index.js';

/**
 * The promise that `Producer.send` gives. It notes whether anybody looks at it: a failure that nobody sees counts at
 * the next `flush`, and one is never reported as an unhandled rejection.
 */
export class Sending extends Promise<Position> {
  #observed = false;

  /** What is derived from it is a plain promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** A promise with the two functions that settle it, for a producer that hears of the outcome later. */
  static open(): { readonly sending: Sending; readonly resolve: (position: Position) => void; readonly reject: (error: Error) => void } {
    let resolve!: (position: Position) => void;
    let reject!: (error: Error) => void;
    const sending = new Sending((done, failed) => {
      resolve = done;
      reject = failed;
    });
    return { sending, resolve, reject };
  }

  constructor(executor: (resolve: (position: Position) => void, reject: (error: unknown) => void) => void) {
    super(executor);
    super.then(undefined, () => undefined);
  }

  /** Whether it was awaited, or handed to `then`, `catch` or `finally`. */
  get isObserved(): boolean {
    return this.#observed;
  }

  /** Where looking at it is noted: `await`, `catch` and `finally` come here too. */
  override then<A = Position, B = never>(
    fulfilled?: ((position: Position) => A | PromiseLike<A>) | null,
    rejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#observed = true;
    return super.then(fulfilled, rejected);
  }
}
