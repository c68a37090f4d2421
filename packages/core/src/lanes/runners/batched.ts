import { hasPromises, isThenable, refuseSteps } from '../../agents/index.js';
import type { Attempt } from '../../attempts/index.js';
import { disregard } from '../../codecs/index.js';
import type { BatchEvent, Event } from '../../streams/index.js';
import type { Cancel } from '../../time/index.js';
import { isCrashing, setAsideCrashing } from '../failures/crashing.js';
import { decode } from '../failures/decoding.js';
import { type Outcome, recoverFrom, resume, type TryAgain } from '../failures/retry.js';
import type { Failure, LaneWork } from '../lane-work.js';
import type { Runner } from './runner.js';

/**
 * Arrays of events, one array at a time. An array that keeps failing is taken apart: each event is tried alone, so that only those that
 * fail by themselves are set aside.
 */
export class Batched implements Runner {
  readonly #work: LaneWork;
  readonly #max: number;
  readonly #withinMs: number;
  readonly #handler: (values: unknown[], events: readonly BatchEvent[]) => unknown;
  /** The events that the handler was given something of, in the order of its results; undefined where that are all. */
  #origins: readonly BatchEvent[] | undefined;
  #isBusy = false;
  #isDue = false;
  #cancel: Cancel | undefined;

  constructor(work: LaneWork) {
    const definition = work.agent.definition as { batch: { max: number }; run(values: unknown[], events: Event[]): unknown };
    this.#work = work;
    this.#max = definition.batch.max;
    this.#withinMs = work.agent.batchWithinMs;
    const { expands } = work.agent;
    this.#handler = (values, events) => {
      if (expands === undefined)
        return definition.run(
          values,
          events.map(({ shown }) => shown),
        );
      const made = events.flatMap(expands);
      this.#origins = made.map(({ origin }) => origin);
      const given = made.map(({ value }) => value);
      return made.length === 0 ? undefined : definition.run(given, made);
    };
  }

  wake(): void {
    const { intake, context } = this.#work;
    if (this.#isBusy || intake.queue.waiting === 0 || !intake.admits) return;
    const isComplete = intake.queue.waiting >= this.#max || this.#withinMs === 0 || intake.hasSingleNext;
    if (isComplete || this.#isDue) return void this.#begin();
    this.#cancel ??= context.clock.after(this.#withinMs, () => {
      this.#isDue = true;
      this.wake();
    });
  }

  get holdsBack(): boolean {
    return this.#cancel !== undefined;
  }

  /** What was being gathered is run before the partition goes. */
  stop(): void {
    const holdsBack = this.holdsBack;
    this.#endGathering();
    if (holdsBack && !this.#isBusy) void this.#begin();
  }

  #endGathering(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#isDue = false;
  }

  async #begin(): Promise<void> {
    const events = this.#gather();
    if (events.length === 0) return;
    const [first] = events;
    this.#isBusy = true;
    this.#work.enter(first);
    if ((await this.#process(events)) === 'left') this.#work.stop();
    this.#isBusy = false;
    for (const event of events) this.#work.signals.forget(event);
    this.#work.leave(first);
    this.wake();
  }

  /** Events that are to run by themselves come one at a time. */
  #gather(): BatchEvent[] {
    this.#endGathering();
    const { intake } = this.#work;
    const events: BatchEvent[] = [];
    const max = intake.hasSingleNext ? 1 : this.#max;
    while (events.length < max && (events.length === 0 || !intake.hasSingleNext)) {
      const event = intake.next();
      if (event === undefined) break;
      events.push(event);
    }
    return events;
  }

  async #process(events: readonly BatchEvent[]): Promise<Outcome> {
    const work = this.#work;
    const [first] = events;
    if (isCrashing(work, first)) return setAsideCrashing(work, first);
    const state = events.length === 1 ? work.retryState(first) : undefined;
    if (state !== undefined) return resume(work, first, state, this.#again);
    const decoded: BatchEvent[] = [];
    for (const event of events) {
      const outcome = await decode(work, event);
      if (outcome === 'left') return 'left';
      if (outcome === 'decoded') decoded.push(event);
    }
    if (decoded.length === 0 || work.isAbandoned) return 'finished';
    const failure = await work.guarded(decoded, () => this.#try(decoded, work.isIsolated(first), false));
    return failure === undefined ? 'finished' : recoverFrom(work, decoded, failure, this.#again);
  }

  /** Each try decodes afresh: the one before may have changed the values. */
  readonly #again: TryAgain = (events, isIsolated) => this.#work.guarded(events, () => this.#try(events, isIsolated, true));

  async #try(events: readonly BatchEvent[], isIsolated: boolean, isAgain: boolean): Promise<Failure | undefined> {
    const work = this.#work;
    const attempt = work.beginAll(events, isIsolated);
    let results: unknown;
    try {
      const given = isAgain ? events.map((event) => event.fresh(attempt)) : events;
      for (const event of given) {
        event.attempt = attempt;
        if (isAgain) event.decodeValue();
      }
      const values = given.map((event) => event.value);
      const outcome = work.run(attempt, this.#handler, values, given);
      results = isThenable(outcome) ? await work.signals.within(given, outcome) : outcome;
      refuseSteps(results, work.agent.name, 'Return an array with a result for each value');
      await this.#emit(
        attempt,
        this.#origins ?? given,
        hasPromises(results) ? await work.signals.within(given, Promise.all(results)) : results,
      );
      if (isIsolated) await work.context.outputs.confirm(attempt);
      work.succeed(attempt, events);
      return undefined;
    } catch (thrown) {
      // Of those after the first that is refused.
      disregard(results);
      return work.fail(attempt, thrown);
    }
  }

  /** An array of results has one for each event; any other result is that of the first. */
  async #emit(attempt: Attempt, events: readonly BatchEvent[], results: unknown): Promise<void> {
    if (results === undefined || results === null) return;
    const list = Array.isArray(results) ? results : [results];
    for (const [index, result] of list.entries()) await this.#work.emit(attempt, events[Math.min(index, events.length - 1)], result);
  }
}
