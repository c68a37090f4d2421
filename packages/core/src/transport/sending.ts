import type { Position } from '../positions/index.js';

/**
 * The promise that `Producer.send` gives. It notes whether anybody looks at it: a failure that nobody sees counts at
 * the next `flush`, and one is never reported as an unhandled rejection.
 */
export class Sending extends Promise<Position> {
  #observed = false;
  /** The one that its sender was given in its place. */
  #standIn: Sending | undefined;

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

  /** One for a message that is sent later: it ends as what it is `begun` with does, and whoever looks at it looks at that. */
  static later(): {
    readonly sending: Sending;
    readonly begin: (actual: Promise<Position>) => void;
    readonly refuse: (error: Error) => void;
  } {
    const { sending, resolve, reject } = Sending.open();
    const begin = (actual: Promise<Position>) => {
      if (actual instanceof Sending) actual.#standIn = sending;
      Promise.prototype.then.call(actual, resolve, reject);
    };
    return { sending, begin, refuse: reject };
  }

  constructor(executor: (resolve: (position: Position) => void, reject: (error: unknown) => void) => void) {
    super(executor);
    super.then(undefined, () => undefined);
  }

  /** Whether it was awaited, or handed to `then`, `catch` or `finally`. */
  get isObserved(): boolean {
    return this.#observed || this.#standIn?.isObserved === true;
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
