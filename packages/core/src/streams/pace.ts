import { END, type End, type Pulled, type Stage } from './stage.js';

/** At most so many things in any time of a length. */
export class Pace {
  /** When the last ones went through; a ring once it is full. */
  readonly #times: number[] = [];
  /** The oldest of a full ring. */
  #oldest = 0;

  constructor(
    readonly max: number,
    readonly perMs: number,
  ) {}

  /** How long the next one has to wait, in milliseconds. No longer than for a full ring, also where the clock was set back. */
  waitMs(now: number): number {
    if (this.#times.length < this.max) return 0;
    return Math.min(this.perMs, Math.max(0, this.#times[this.#oldest] + this.perMs - now));
  }

  passes(now: number): void {
    if (this.#times.length < this.max) {
      this.#times.push(now);
      return;
    }
    this.#times[this.#oldest] = now;
    this.#oldest = (this.#oldest + 1) % this.max;
  }
}

/** What waiting needs of the lane under a stream. */
export interface Pacing {
  /** Milliseconds since 1970. */
  now(): number;
  /** Waits so long. False when the stream ends before that. */
  pause(ms: number): Promise<boolean>;
  /** That of the next step that waits: the same one for each run of the method, so that a failure does not begin the count anew. */
  pace(max: number, perMs: number): Pace;
}

/** Asks for an item only when it may pass: what waits is not taken yet. */
export class ThrottleStage<T> implements Stage<T> {
  readonly #pace: Pace;

  constructor(
    private readonly source: Stage<T>,
    max: number,
    perMs: number,
    private readonly pacing: Pacing,
  ) {
    this.#pace = pacing.pace(max, perMs);
  }

  get claim(): Stage<T>['claim'] {
    return this.source.claim;
  }

  pull(): Pulled<T> {
    const waitMs = this.#pace.waitMs(this.pacing.now());
    return waitMs === 0 ? this.#take() : this.#later(waitMs);
  }

  async #later(waitMs: number): Promise<T | End> {
    return (await this.pacing.pause(waitMs)) ? this.#take() : END;
  }

  #take(): Pulled<T> {
    const pulled = this.source.pull();
    return pulled instanceof Promise ? pulled.then(this.#passed) : this.#passed(pulled);
  }

  readonly #passed = (item: T | End): T | End => {
    if (item !== END) this.#pace.passes(this.pacing.now());
    return item;
  };
}
