import type { Cancel, Clock } from '../time/index.js';
import { type CronDeclaration, CronTimes } from './cron-times.js';
import { Runs, type TaskEvents } from './runs.js';

/** A clock that is set is looked at again after so long. */
const lookMs = 60_000;

/** A cron of an instance. */
export interface CronDescription extends CronDeclaration {
  readonly name: string;
  readonly run: () => unknown;
}

/**
 * Calls a function at the times of an expression, by the clock of the worker. A clock that goes back calls it for no time twice; of times that were missed the
 * oldest is made up for, and the others are left out. A time that comes while it still runs is left out.
 */
export class RunningCron {
  readonly name: string;
  readonly #times: CronTimes;
  readonly #clock: Clock;
  readonly #runs: Runs;
  /** The time that is waited for; undefined when none comes. */
  #due: number | undefined;
  #cancel: Cancel | undefined;

  constructor(description: CronDescription, clock: Clock, events: TaskEvents) {
    this.name = description.name;
    this.#times = new CronTimes(description);
    this.#clock = clock;
    this.#runs = new Runs(description.name, description.run, events);
  }

  get running(): number {
    return this.#runs.running;
  }

  start(): void {
    this.#due = this.#times.after(this.#clock.now());
    this.#wait();
  }

  /** Waits for no further time. Resolves when a run that has begun is done. */
  stop(): Promise<void> {
    this.#due = undefined;
    this.#cancel?.();
    return this.#runs.quiet();
  }

  #wait(): void {
    if (this.#due === undefined) return;
    const leftMs = Math.max(0, this.#due - this.#clock.now());
    this.#cancel = this.#clock.after(Math.min(leftMs, lookMs), () => this.#look());
  }

  #look(): void {
    const now = this.#clock.now();
    if (this.#due !== undefined && now >= this.#due) {
      this.#due = this.#times.after(now);
      if (this.#runs.running === 0) void this.#runs.begin();
    }
    this.#wait();
  }
}
