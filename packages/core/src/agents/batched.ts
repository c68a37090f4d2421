import type { BatchEvent, Event } from '../streams/index.js';
import type { Cancel } from '../time/index.js';
import type { Care } from './careful-outlet.js';
import { isThenable } from './is-thenable.js';
import type { Lane } from './lane.js';
import { hasPromises, refuseSteps } from './outcome.js';
import type { Runner } from './runner.js';

/**
 * Arrays of events, one array at a time. An array that keeps failing is taken apart: each event is tried alone, so that only those that
 * fail by themselves are set aside.
 */
export class Batched implements Runner {
  readonly hasTaken = false;
  readonly #lane: Lane;
  readonly #max: number;
  readonly #withinMs: number;
  readonly #run: (values: unknown[], events: Event[]) => unknown;
  #isBusy = false;
  #isDue = false;
  #cancel: Cancel | undefined;

  constructor(lane: Lane) {
    const definition = lane.agent.definition as { batch: { max: number }; run(values: unknown[], events: Event[]): unknown };
    this.#lane = lane;
    this.#max = definition.batch.max;
    this.#withinMs = lane.agent.batchWithinMs;
    this.#run = (values, events) => definition.run(values, events);
  }

  wake(): void {
    if (this.#isBusy || this.#lane.queue.waiting === 0) return;
    if (this.#lane.queue.waiting >= this.#max || this.#withinMs === 0 || this.#isDue) return void this.#begin();
    this.#cancel ??= this.#lane.context.clock.after(this.#withinMs, () => {
      this.#isDue = true;
      this.#lane.wake();
    });
  }

  drop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  get isGathering(): boolean {
    return this.#cancel !== undefined;
  }

  /** What was being gathered is run before the partition goes. */
  stop(): void {
    const isGathering = this.#cancel !== undefined;
    this.#cancel?.();
    if (isGathering && !this.#isBusy) void this.#begin();
  }

  /** An array that is due while its lane is held is run when that goes on. */
  async #begin(): Promise<void> {
    if (this.#lane.isHeld) return;
    const events = this.#gather();
    if (events.length === 0) return;
    this.#isBusy = true;
    const [first] = events;
    this.#lane.enter(first);
    // Events that are suspected come one at a time.
    await this.#lane.unlessSuspect(first, () => this.#process(events), events[events.length - 1]);
    this.#isBusy = false;
    for (const event of events) this.#lane.signals.forget(event);
    this.#lane.leave(first);
    this.#lane.wake();
  }

  #gather(): BatchEvent[] {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#isDue = false;
    const events: BatchEvent[] = [];
    const max = this.#lane.careful.hasNext ? 1 : this.#max;
    while (events.length < max) {
      const event = this.#lane.next();
      if (event === undefined) break;
      events.push(event);
    }
    return events;
  }

  async #process(all: readonly BatchEvent[]): Promise<void> {
    // One that may end the process is decoded within its try.
    const events = this.#lane.careful.has(all[0]) ? [...all] : await this.#decode(all);
    if (events.length === 0 || this.#lane.isAbandoned) return;
    const [spent] = events.map((event) => this.#lane.mark(event));
    if (spent !== undefined) return this.#lane.failures.resume(events[0], spent, (care) => this.#again(events, care));
    try {
      const isCareful = events.some((event) => this.#lane.careful.has(event));
      if (isCareful) await this.#again(events, this.#lane.context.outlet.care);
      else await this.#attempt(events);
      for (const event of events) this.#lane.finish(event);
    } catch (failure) {
      this.#lane.outputs.discard();
      await this.#lane.failures.recoverTogether(events, failure, (some, care) => this.#again(some, care));
    }
  }

  /** The events that can be decoded. The others are handed to the error policy one by one. */
  async #decode(events: readonly BatchEvent[]): Promise<BatchEvent[]> {
    const decoded: BatchEvent[] = [];
    for (const event of events) {
      try {
        if (event.decodeValue()) decoded.push(event);
        else this.#lane.finish(event);
      } catch (failure) {
        if (await this.#lane.failures.undecodable(event, failure)) decoded.push(event);
      }
    }
    return decoded;
  }

  async #attempt(events: readonly BatchEvent[]): Promise<void> {
    if (events.length === 0) return;
    this.#lane.outputs.stage();
    const outcome = this.#run(
      events.map((event) => event.value),
      [...events],
    );
    const given = isThenable(outcome) ? await this.#lane.signals.within(events, outcome) : outcome;
    refuseSteps(given, this.#lane.agent.name, 'Return an array with a result for each value');
    const results = hasPromises(given) ? await this.#lane.signals.within(events, Promise.all(given)) : given;
    this.#lane.outputs.release();
    if (results === undefined || results === null) return;
    const list = Array.isArray(results) ? results : [results];
    for (const [index, result] of list.entries()) {
      if (result !== undefined) await this.#lane.agent.emit(result, events[Math.min(index, events.length - 1)]);
    }
  }

  /** Another try sees what was sent, not what the one before has made of it. */
  #again(events: readonly BatchEvent[], care: Care): Promise<void> {
    return this.#lane.carefully(events[0], care, () => this.#attempt(events.filter((event) => event.decodeValue())));
  }
}
