import type { Cancel, Clock } from '../time/index.js';
import type { LeaderTerm, Tick } from '../topology/index.js';
import { type CronDeclaration, CronTimes } from './cron-times.js';
import { OwnTerm } from './own-term.js';
import { called, Runs, type TaskEvents } from './runs.js';

/** A clock that is set is looked at again after so long. */
const lookMs = 60_000;
/** After how long a tick is tried again that handlers kept waiting. */
const againMs = 5_000;

/** Ticks that are remembered: more than come between two commits. */
const calledMax = 1_000;

/** A tick for which the function was called. */
interface CalledTick {
  readonly time: number;
  /** Then it is over, whatever is taken back. */
  hasFailed: boolean;
}

/** A cron of an instance. */
export interface CronDescription extends CronDeclaration {
  readonly name: string;
  readonly run: (tick: Tick) => unknown;
  /** Tells of the terms in which it is called. @default one, from its start to its stop */
  readonly whenLeading?: (listener: (term: LeaderTerm | undefined) => void) => void;
}

/**
 * Calls a function at the times of an expression, by the clock of the worker. A clock that goes back calls it for no time twice. Of times that have passed together it
 * is called for the newest, or for each of them.
 */
export class RunningCron {
  readonly name: string;
  readonly #description: CronDescription;
  readonly #times: CronTimes;
  readonly #clock: Clock;
  readonly #runs: Runs;
  readonly #own = new OwnTerm();
  #term: LeaderTerm | undefined;
  /** Up to when ticks of this term are over, whatever of it is taken back. */
  #over = Number.NEGATIVE_INFINITY;
  /** The newest ticks of this term that were called, in order: those that are taken back are called again, each. */
  #called: CalledTick[] = [];
  #next: { readonly after: number; readonly due: number | undefined } | undefined;
  #isStopped = false;
  #cancel: Cancel | undefined;

  constructor(description: CronDescription, clock: Clock, events: TaskEvents) {
    this.name = description.name;
    this.#description = description;
    this.#times = new CronTimes(description);
    this.#clock = clock;
    this.#runs = new Runs(description.name, events);
  }

  get running(): number {
    return this.#runs.running;
  }

  start(): void {
    const { whenLeading } = this.#description;
    if (whenLeading === undefined) this.#follow(this.#own);
    else whenLeading((term) => this.#follow(term));
  }

  /** Waits for no further time. Resolves when a run that has begun is done. */
  stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel?.();
    this.#own.stop();
    return this.#runs.quiet();
  }

  #follow(term: LeaderTerm | undefined): void {
    if (term !== this.#term) {
      this.#term = term;
      const isFirst = term?.over(this.name) === undefined;
      this.#over = isFirst || this.#skips ? this.#clock.now() : Number.NEGATIVE_INFINITY;
      this.#called = [];
    }
    this.#look();
  }

  get #skips(): boolean {
    return (this.#description.missed ?? 'skip') === 'skip';
  }

  #look(): void {
    this.#cancel?.();
    const term = this.#term;
    if (term === undefined || this.#isStopped || this.running > 0) return;
    const now = this.#clock.now();
    let over = Math.max(this.#over, term.over(this.name) ?? Number.NEGATIVE_INFINITY);
    const again = this.#called.filter(({ time }) => time > over);
    while (again[0]?.hasFailed) over = again.shift()?.time ?? over;
    term.note(this.name, over);
    const due = this.#dueAfter(over);
    if (due === undefined) return;
    if (due > now) this.#wait(Math.min(due - now, lookMs));
    else if (this.#isCalledAgain(again[0], due)) void this.#run(term, again[0], true);
    else void this.#run(term, this.#fresh(over, due, now), false);
  }

  /** Whether the next to be called was called before: where each is called, none that came before it may be left out. */
  #isCalledAgain(again: CalledTick | undefined, due: number): again is CalledTick {
    return again !== undefined && (this.#description.missed !== 'all' || again.time === due);
  }

  /** Which is called of the ticks that have passed and were not called. */
  #fresh(over: number, due: number, now: number): CalledTick {
    const fresh = { time: this.#description.missed === 'all' ? due : this.#times.latest(over, now), hasFailed: false };
    this.#called = [...this.#called.slice(1 - calledMax), fresh];
    return fresh;
  }

  /** The first time after one, computed once. */
  #dueAfter(over: number): number | undefined {
    if (this.#next?.after !== over) this.#next = { after: over, due: this.#times.after(over) };
    return this.#next.due;
  }

  #wait(ms: number): void {
    this.#cancel = this.#clock.after(ms, () => this.#look());
  }

  async #run(term: LeaderTerm, tick: CalledTick, isAgain: boolean): Promise<void> {
    const { name, run } = this.#description;
    const { time } = tick;
    const counts = await this.#runs.begin(() => term.run({ name, time, isAgain }, (given) => called(name, run, given)));
    tick.hasFailed = counts === undefined;
    if (this.#term === term) {
      if (counts === false && !this.#isStopped) return this.#wait(againMs);
      // Times that came meanwhile are left out.
      if (counts !== false) term.note(name, this.#skips && !isAgain ? this.#clock.now() : time);
    }
    // Where there are many to be made up for, others have their turns in between.
    setImmediate(() => this.#look());
  }
}
