/** Resolves after whatever the event loop has due now: timers, sockets, other immediates. */
export function macrotask(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A promise that never settles: what a call to a crashed client gets, as a process that is gone hears nothing. */
export function never(): Promise<never> {
  return new Promise(() => undefined);
}

/** Lets the event loop run once in so many calls, so that a loop of promises that resolve at once cannot starve it. */
export class Breather {
  #calls = 0;

  constructor(readonly every: number) {}

  /** A promise to wait for when it is time; `undefined` in between. */
  breathe(): Promise<void> | undefined {
    return ++this.#calls % this.every === 0 ? macrotask() : undefined;
  }
}
