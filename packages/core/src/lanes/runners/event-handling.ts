import { hasPromises, isSteps, isThenable } from '../../agents/index.js';
import type { Attempt } from '../../attempts/index.js';
import type { BatchEvent, Event, ExpandedEvent } from '../../streams/index.js';
import { runAlone } from '../failures/crashing.js';
import { parkBehind } from '../failures/parking.js';
import { type Outcome, recoverFrom, resume, type TryAgain } from '../failures/retry.js';
import type { Failure, LaneWork } from '../lane-work.js';

/** Brings single events to their end. A synchronous handler costs no promise. */
export class EventHandling {
  readonly #work: LaneWork;
  readonly #handler: (value: unknown, event: BatchEvent) => unknown;

  constructor(work: LaneWork) {
    this.#work = work;
    const definition = work.agent.definition as { run(value: unknown, event: Event): unknown };
    const { expands } = work.agent;
    this.#handler =
      expands === undefined
        ? (value, event) => definition.run(value, event.shown)
        : (_, event) => runEach(expands(event), (value, each) => definition.run(value, each));
  }

  /** Runs the handler on an event, until that is finished or left. Undefined when it is finished already. */
  process(event: BatchEvent): Promise<void> | undefined {
    const work = this.#work;
    if (work.parking?.isBehind(event) === true) return this.#processBehind(event);
    if (work.guard?.isOn === true || work.isIsolated(event)) return this.#processWarily(event);
    const state = work.retryState(event);
    return state === undefined ? this.#process(event) : this.#settle(event, () => resume(work, event, state, this.#again));
  }

  /** Waits behind earlier events of its key. Where there is no room for it, until they are at their ends. */
  async #processBehind(event: BatchEvent): Promise<void> {
    await this.#settle(event, async () => {
      const outcome = await parkBehind(this.#work, event);
      if (outcome === 'free') return runAlone(this.#work, event, this.#again);
      return outcome === 'parked' ? 'finished' : 'left';
    });
  }

  /** On its own: a closure costs where it is written, whether it is made or not. */
  async #processWarily(event: BatchEvent): Promise<void> {
    await this.#settle(event, () => runAlone(this.#work, event, this.#again));
  }

  #process(event: BatchEvent): Promise<void> | undefined {
    const work = this.#work;
    const attempt = work.beginOne(event);
    try {
      if (event.decodeValue()) {
        const outcome = work.run(attempt, this.#handler, this.#valueFor(attempt, event), event);
        const result = isThenable(outcome) ? outcome : this.#resultOf(attempt, event, outcome);
        if (isThenable(result)) return this.#complete(attempt, event, result);
        const taken = work.emitLast(attempt, event, result);
        if (taken !== undefined) return this.#complete(attempt, event, taken.then(nothing));
      }
      work.succeedAtOnce(attempt, event);
      work.signals.forget(event);
      return undefined;
    } catch (thrown) {
      return this.#recover(event, work.fail(attempt, thrown));
    }
  }

  #valueFor(attempt: Attempt, event: BatchEvent): unknown {
    this.#work.gives(attempt, event);
    return event.value;
  }

  /** What is to be given to the sinks of what a handler has returned, or a promise of it: of a list with promises, or of a generator that waits. */
  #resultOf(attempt: Attempt, event: BatchEvent, outcome: unknown): unknown {
    if (typeof outcome !== 'object') return outcome;
    if (hasPromises(outcome)) return Promise.all(outcome);
    if (!isSteps(outcome)) return outcome;
    const run = () => (Symbol.iterator in outcome ? this.#runSteps(attempt, event, outcome) : this.#awaitSteps(attempt, event, outcome));
    return this.#work.run(attempt, run, undefined, undefined);
  }

  /** Runs a generator to its end, each result to the sinks before it goes on. Undefined when there was nothing to wait for. */
  #runSteps(attempt: Attempt, event: BatchEvent, steps: IterableIterator<unknown>): Promise<void> | undefined {
    try {
      for (let step = steps.next(); step.done !== true; step = steps.next()) {
        const taken = this.#give(attempt, event, step.value);
        if (taken !== undefined) return this.#awaitSteps(attempt, event, after(taken, steps));
      }
      return undefined;
    } catch (thrown) {
      steps.return?.();
      throw thrown;
    }
  }

  async #awaitSteps(attempt: Attempt, event: BatchEvent, steps: AsyncIterable<unknown>): Promise<void> {
    for await (const result of steps) await this.#give(attempt, event, result);
  }

  /** Gives a result of a generator to the sinks. One whose attempt has ended goes no further. */
  #give(attempt: Attempt, event: BatchEvent, result: unknown): Promise<unknown> | undefined {
    attempt.mustBeOpen();
    if (isThenable(result)) return Promise.resolve(result).then((settled) => this.#give(attempt, event, settled));
    if (hasPromises(result)) return Promise.all(result).then((settled) => this.#give(attempt, event, settled));
    return this.#work.emit(attempt, event, result);
  }

  /** Waits for an attempt. Handlers that are `async` and wait for nothing are many: each promise less is felt. */
  async #complete(attempt: Attempt, event: BatchEvent, outcome: PromiseLike<unknown>): Promise<void> {
    const work = this.#work;
    work.enter(event);
    try {
      const result = await work.signals.within([event], outcome);
      const rest = this.#resultOf(attempt, event, result);
      const taken = work.emitLast(attempt, event, isThenable(rest) ? await work.signals.within([event], rest) : rest);
      if (taken !== undefined) await taken;
      work.succeedWith(attempt, event);
    } catch (thrown) {
      await this.#end(recoverFrom(work, [event], work.fail(attempt, thrown), this.#again));
    }
    work.leave(event);
  }

  #recover(event: BatchEvent, failure: Failure): Promise<void> {
    return this.#settle(event, () => recoverFrom(this.#work, [event], failure, this.#again));
  }

  async #settle(event: BatchEvent, settle: () => Promise<Outcome>): Promise<void> {
    this.#work.enter(event);
    await this.#end(settle());
    this.#work.leave(event);
  }

  /** An event that is left makes the lane quiescent: what comes after it must not be done before it. */
  async #end(outcome: Promise<Outcome>): Promise<void> {
    if ((await outcome) === 'left') this.#work.stop();
  }

  readonly #again: TryAgain = (events, isIsolated) => this.#work.guarded(events, () => this.#try(events[0], isIsolated));

  async #try(event: BatchEvent, isIsolated: boolean): Promise<Failure | undefined> {
    const work = this.#work;
    const attempt = work.begin(event, isIsolated);
    try {
      const fresh = event.fresh(attempt);
      if (fresh.decodeValue()) {
        work.gives(attempt, fresh);
        const outcome = work.run(attempt, this.#handler, fresh.value, fresh);
        const result = isThenable(outcome) ? await work.signals.within([fresh], outcome) : outcome;
        const rest = this.#resultOf(attempt, fresh, result);
        await work.emit(attempt, fresh, isThenable(rest) ? await work.signals.within([fresh], rest) : rest);
      }
      if (isIsolated) await work.context.outputs.confirm(attempt);
      work.succeed(attempt, [event]);
      return undefined;
    } catch (thrown) {
      return work.fail(attempt, thrown);
    }
  }
}

/** Runs a handler on what was made of one event, one after another: several results are those of a generator. */
function runEach(events: readonly ExpandedEvent[], run: (value: unknown, event: Event) => unknown): unknown {
  if (events.length === 0) return undefined;
  return events.length === 1 ? run(events[0].value, events[0]) : inOrder(events, run);
}

async function* inOrder(events: readonly ExpandedEvent[], run: (value: unknown, event: Event) => unknown): AsyncGenerator<unknown> {
  for (const event of events) {
    const result = await run(event.value, event);
    if (isSteps(result)) yield* result as AsyncIterable<unknown>;
    else yield result;
  }
}

/** The rest of a generator, once its last result was taken. */
async function* after(taken: Promise<unknown>, steps: IterableIterator<unknown>): AsyncGenerator<unknown> {
  try {
    await taken;
  } catch (thrown) {
    steps.return?.();
    throw thrown;
  }
  yield* steps;
}

function nothing(): undefined {}
