import { type Cancel, type Clock, sleepOn } from './clock.js';

/** One thing to be done at a time. */
interface Due {
  readonly at: number;
  /** Orders what is due at the same time by registration. */
  readonly turn: number;
  readonly run: () => void;
}

/** A clock whose hands are turned by the test. Time stands still until `advanceTo` moves it. */
export class VirtualClock implements Clock {
  readonly #pending = new Set<Due>();
  #now: number;
  #turn = 0;
  #sleeping = 0;

  /** @param start milliseconds since 1970, a date, or its ISO text. @default 2000-01-01T00:00:00Z */
  constructor(start: number | string | Date = '2000-01-01T00:00:00Z') {
    const ms = new Date(start).getTime();
    if (Number.isNaN(ms)) throw new RangeError(`a virtual clock starts at a date, not at ${String(start)}`);
    this.#now = ms;
  }

  /** How many `sleep`s are pending: code under test that waits for the clock. */
  get sleeping(): number {
    return this.#sleeping;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, due: () => void): Cancel {
    const entry: Due = { at: this.#now + Math.max(0, ms), turn: this.#turn++, run: due };
    this.#pending.add(entry);
    return () => void this.#pending.delete(entry);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.#sleeping++;
    const over = () => {
      this.#sleeping--;
    };
    const sleep = sleepOn(this, ms, signal);
    sleep.then(over, over);
    return sleep;
  }

  /** When the next wait is over, in milliseconds since 1970; `undefined` while nothing waits. */
  nextDue(): number | undefined {
    return this.#next()?.at;
  }

  /**
   * Moves the hands to a time and fires what is due by then, in order of time, then of registration; also what that
   * schedules within the span. Synchronous: promises that it resolves go on after it returns. To let them go on in
   * between, advance to `nextDue()` step by step.
   * @throws RangeError when the time lies in the past
   */
  advanceTo(ms: number): void {
    if (!(ms >= this.#now)) throw new RangeError(`a clock runs forward: ${ms} is before ${this.#now}`);
    for (let next = this.#next(); next !== undefined && next.at <= ms; next = this.#next()) {
      this.#pending.delete(next);
      this.#now = next.at;
      next.run();
    }
    this.#now = ms;
  }

  #next(): Due | undefined {
    let first: Due | undefined;
    for (const due of this.#pending) {
      if (first === undefined || due.at < first.at || (due.at === first.at && due.turn < first.turn)) first = due;
    }
    return first;
  }
}
