import type { Cancel, Clock } from '../../time/index.js';
import type { Activity } from './activity.js';

/** The wait of one poll: until something happens, somebody wakes it, or its time is over. */
export class Waiting {
  readonly #activity: Activity;
  readonly #clock: Clock;
  readonly #limitMs: number;
  #isOver = false;
  #cancel: Cancel | undefined;
  #resume: (() => void) | undefined;

  /** @param limitMs counts from the first wait on; `Infinity` waits without the clock */
  constructor(activity: Activity, clock: Clock, limitMs: number) {
    this.#activity = activity;
    this.#clock = clock;
    this.#limitMs = limitMs;
  }

  /** Whether there is nothing more to wait for. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Resolves when something has happened, or the wait is over. */
  next(): Promise<void> {
    if (Number.isFinite(this.#limitMs)) this.#cancel ??= this.#clock.after(this.#limitMs, () => this.end());
    return new Promise((resolve) => {
      const forget = this.#activity.next(resolve);
      this.#resume = () => {
        forget();
        resolve();
      };
    });
  }

  /** Looks again, though nothing has happened. */
  interrupt(): void {
    this.#resume?.();
  }

  /** Ends the wait. */
  end(): void {
    this.#isOver = true;
    this.interrupt();
  }

  /** Takes back what the clock was asked for. */
  close(): void {
    this.#cancel?.();
  }
}
