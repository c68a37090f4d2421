import { asError } from '../errors/index.js';
import type { Observers } from '../observers/index.js';
import type { Clock } from '../time/index.js';
import type { Guarantee } from './guarantee.js';
import { concluded, type Progress, type ProgressPort } from './progress.js';
import { StepTimes } from './step-times.js';

/** What checkpoints are measured with, and who hears of it. */
export interface Measuring {
  readonly clock: Pick<Clock, 'now'>;
  readonly observers: Observers;
}

/**
 * Makes lasting what is completed. The steps are those of both guarantees: quiesce → note progress and prepare, in one turn → write → flush → commit →
 * committed, or dropped. One checkpoint comes after another, and takes in all partitions.
 */
export class Checkpoint {
  readonly #guarantee: Guarantee;
  readonly #progress: ProgressPort;
  readonly #measuring: Measuring;
  #last: Promise<void> = Promise.resolve();
  /** The checkpoint that has not begun: whoever asks meanwhile is served by it. */
  #next: Promise<void> | undefined;

  constructor(guarantee: Guarantee, progress: ProgressPort, measuring: Measuring) {
    this.#guarantee = guarantee;
    this.#progress = progress;
    this.#measuring = measuring;
  }

  /** Has the open transaction aborted. @returns whether that was not known yet; false at least once, where there is none */
  abort(why: Error): boolean {
    return this.#guarantee.abort?.(why) ?? false;
  }

  /** Rejects with what ends the worker. What was not delivered has then not been committed, or runs again by now. */
  run(): Promise<void> {
    if (this.#next !== undefined) return this.#next;
    const round = this.#last.then(() => {
      this.#next = undefined;
      return this.#round();
    });
    this.#next = round;
    this.#last = round.catch(() => undefined);
    return round;
  }

  async #round(): Promise<void> {
    try {
      await this.#steps();
      await this.#guarantee.reopen();
    } catch (error) {
      this.#guarantee.broken(asError(error));
      throw error;
    }
  }

  async #steps(): Promise<void> {
    const guarantee = this.#guarantee;
    const times = new StepTimes(this.#measuring.clock);
    guarantee.begin();
    for (let waiting = guarantee.quiesce(); waiting !== undefined; waiting = guarantee.quiesce()) await waiting;
    // In one turn: what is completed is noted with the changes and messages that it has made, and with no others.
    const aborted = guarantee.aborting;
    const noted = aborted === undefined ? this.#progress.note() : [];
    const hasWork = guarantee.close(noted);
    if (aborted !== undefined) return guarantee.recover(aborted, noted, times);
    if (!hasWork) return;
    times.enter('prepare');
    for (const { state } of noted) state?.prepare();
    await this.#commit(noted, times);
  }

  async #commit(noted: readonly Progress[], times: StepTimes): Promise<void> {
    let committed: readonly Progress[];
    try {
      committed = await this.#guarantee.commit(noted, times);
    } catch (error) {
      return this.#guarantee.recover(asError(error), noted, times);
    }
    times.enter('store');
    await concluded(this.#progress, committed);
    if (committed.length > 0) this.#measuring.observers.tell('checkpoint', times.end());
  }
}
