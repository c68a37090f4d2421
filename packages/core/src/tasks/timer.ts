import type { WrittenDefinition } from '../definitions/index.js';
import { ConfigurationError, reason } from '../errors/index.js';
import { type Cancel, type Clock, type Duration, durationMs } from '../time/index.js';
import type { Tick } from '../topology/index.js';
import { called, Runs, type TaskEvents } from './runs.js';

/** What `@Timer` declares. */
export interface TimerDeclaration {
  readonly every: Duration;
  /** When a tick comes while the last one still runs: leave it out, or start it as well. @default 'skip' */
  readonly overlap?: 'skip' | 'allow';
  /** Whether only the leader calls it. @default false */
  readonly onLeader?: boolean;
  /** Called once for each part of this table that the worker has. */
  readonly per?: WrittenDefinition;
}

/** A timer of an instance. */
export interface TimerDescription extends TimerDeclaration {
  readonly name: string;
  readonly run: (tick: Tick) => unknown;
}

/** Calls a function at a fixed rate. Ticks are counted from the start, so that lateness does not add up; the first comes after one full interval. */
export class RunningTimer {
  readonly #description: TimerDescription;
  readonly #everyMs: number;
  readonly #clock: Clock;
  readonly #runs: Runs;
  readonly #stopping = new AbortController();
  #startedAt = 0;
  #tick = 0;
  #cancel: Cancel | undefined;

  constructor(description: TimerDescription, clock: Clock, events: TaskEvents) {
    this.#description = description;
    this.#everyMs = intervalMs(description);
    this.#clock = clock;
    this.#runs = new Runs(description.name, events);
  }

  get name(): string {
    return this.#description.name;
  }

  /** Ticks that are not done. */
  get running(): number {
    return this.#runs.running;
  }

  start(): void {
    this.#startedAt = this.#clock.now();
    this.#schedule();
  }

  /** Takes back the next tick. Resolves when a running one is done. */
  stop(): Promise<void> {
    this.#cancel?.();
    this.#stopping.abort();
    return this.#runs.quiet();
  }

  /** The next tick that is not past: after a long pause the missed ones are left out, not made up for. */
  #schedule(): void {
    const elapsed = this.#clock.now() - this.#startedAt;
    this.#tick = Math.max(this.#tick + 1, Math.ceil(elapsed / this.#everyMs));
    this.#cancel = this.#clock.after(this.#tick * this.#everyMs - elapsed, () => {
      this.#schedule();
      if (this.running === 0 || this.#description.overlap === 'allow') this.#call();
    });
  }

  #call(): void {
    const { name, run } = this.#description;
    const tick = { time: this.#clock.now(), signal: this.#stopping.signal };
    void this.#runs.begin(() => called(name, run, tick));
  }
}

function intervalMs({ every, name }: TimerDescription): number {
  const ms = durationMs(every, `timer ${name}`);
  if (ms < 1) throw new ConfigurationError(`timer ${name}`, every, 'an interval of at least 1 ms');
  return ms;
}

/** Everything wrong with a timer's options. */
export function timerProblem(description: TimerDescription): string | undefined {
  try {
    intervalMs(description);
  } catch (error) {
    return reason(error);
  }
  return undefined;
}
