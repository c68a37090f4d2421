import type { Logger } from 'pino';
import { loggable, reason } from '../errors/index.js';
import type { WorkerEvents, WorkerObserver } from './worker-observer.js';

/** Tells every observer what happens. One that fails is no matter of the worker's: it is logged, once for each kind of event. */
export class Observers {
  readonly #observers: readonly WorkerObserver[];
  readonly #logger: Logger;
  readonly #failed = new Map<WorkerObserver, Set<keyof WorkerEvents>>();

  constructor(observers: readonly WorkerObserver[], logger: Logger) {
    this.#observers = observers;
    this.#logger = logger;
  }

  tell<E extends keyof WorkerEvents>(name: E, event: WorkerEvents[E]): void {
    for (const observer of this.#observers) {
      try {
        // An asynchronous one fails later.
        const told: unknown = (observer as Told<E>)[name]?.(event);
        if (told instanceof Promise) told.catch((error: unknown) => this.#fail(observer, name, error));
      } catch (error) {
        this.#fail(observer, name, error);
      }
    }
  }

  #fail(observer: WorkerObserver, name: keyof WorkerEvents, error: unknown): void {
    const failed = this.#failed.get(observer) ?? new Set();
    if (failed.has(name)) return;
    this.#failed.set(observer, failed.add(name));
    this.#logger.error({ err: loggable(error) }, `an observer failed when it was told of ${name}: ${reason(error)}. It is told on`);
  }
}

type Told<E extends keyof WorkerEvents> = { readonly [_ in E]?: (event: WorkerEvents[E]) => void };
