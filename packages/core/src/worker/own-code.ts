import { type AsyncHook, createHook, executionAsyncResource } from 'node:async_hooks';

/** Told when code begins to run that belongs to a function, and when it ends. */
type Told = (isRunning: boolean) => void;

/** Tells when code runs that a function has begun, itself and all that follows from it. It costs too much for more than one function at a time. */
export class OwnCode {
  readonly #hook: AsyncHook;
  /** On what it has begun: timers, promises, requests. */
  readonly #mark = Symbol('own');
  #depth = 0;

  constructor(private readonly told: Told) {
    this.#hook = createHook({
      init: (_id, _type, _trigger, resource) => {
        if (this.#depth > 0) Object.assign(resource, { [this.#mark]: true });
      },
      before: () => {
        if (this.#mark in executionAsyncResource()) this.#enter();
      },
      after: () => {
        if (this.#mark in executionAsyncResource()) this.#leave();
      },
    });
  }

  async run<T>(run: () => Promise<T>): Promise<T> {
    this.#hook.enable();
    try {
      return await this.#begin(run);
    } finally {
      this.#hook.disable();
    }
  }

  #begin<T>(run: () => Promise<T>): Promise<T> {
    this.#enter();
    try {
      return run();
    } finally {
      this.#leave();
    }
  }

  #enter(): void {
    if (this.#depth++ === 0) this.told(true);
  }

  #leave(): void {
    if (--this.#depth === 0) this.told(false);
  }
}
