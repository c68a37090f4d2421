import { refuseSteps } from '../agents/index.js';
import type { WrittenDefinition } from '../definitions/index.js';
import { ConfigurationError, reason } from '../errors/index.js';
import { type Cancel, type Clock, type Duration, durationMs } from '../time/index.js';

/** What `@Timer` declares. */
export interface TimerDeclaration {
  readonly every: Duration;
  /** When a tick comes while the last one still runs: leave it out, or start it as well. @default 'skip' */
  readonly overlap?: 'skip' | 'allow';
  /** Called once for each part of this table that the worker has. */
  readonly per?: WrittenDefinition;
}

/** A timer of an instance. */
export interface TimerDescription extends TimerDeclaration {
  readonly name: string;
  readonly run: () => unknown;
}

/** What a timer tells its worker. */
export interface TimerEvents {
  failed(timer: string, error: unknown): void;
  moved(): void;
}

/** Calls a function at a fixed rate. Ticks are counted from the start, so that lateness does not add up; the first comes after one full interval. */
export class RunningTimer {
  readonly #description: TimerDescription;
  readonly #everyMs: number;
  readonly #clock: Clock;
  readonly #events: TimerEvents;
  #startedAt = 0;
  #tick = 0;
  #cancel: Cancel | undefined;
  #quiet: (() => void)[] = [];
  /** Ticks that are not done. */
  running = 0;

  constructor(description: TimerDescription, clock: Clock, events: TimerEvents) {
    this.#description = description;
    this.#everyMs = intervalMs(description);
    this.#clock = clock;
    this.#events = events;
  }

  get name(): string {
    return this.#description.name;
  }

  start(): void {
    this.#startedAt = this.#clock.now();
    this.#schedule();
  }

  /** Takes back the next tick. Resolves when a running one is done. */
  stop(): Promise<void> {
    this.#cancel?.();
    return this.running === 0 ? Promise.resolve() : new Promise((resolve) => this.#quiet.push(resolve));
  }

  /** The next tick that is not past: after a long pause the missed ones are left out, not made up for. */
  #schedule(): void {
    const elapsed = this.#clock.now() - this.#startedAt;
    this.#tick = Math.max(this.#tick + 1, Math.ceil(elapsed / this.#everyMs));
    this.#cancel = this.#clock.after(this.#tick * this.#everyMs - elapsed, () => {
      this.#schedule();
      if (this.running === 0 || this.#description.overlap === 'allow') void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.running++;
    try {
      refuseSteps(await this.#description.run(), this.#description.name, 'Write an ordinary method: nobody takes what a timer yields');
    } catch (error) {
      this.#events.failed(this.#description.name, error);
    }
    this.running--;
    if (this.running === 0) for (const resolve of this.#quiet.splice(0)) resolve();
    this.#events.moved();
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
