import { hasPromises, isSteps, isThenable, type Steps } from '../../agents/index.js';
import type { Attempt } from '../../attempts/index.js';
import type { BatchEvent, Event, ExpandedEvent } from '../../streams/index.js';
import { runAlone } from '../crashing.js';
import type { Failure, LaneWork } from '../lane-work.js';
import { type Outcome, recoverFrom, resume, type TryAgain } from '../retry.js';

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
    if (work.guard?.isOn === true || work.isIsolated(event)) return this.#processWarily(event);
    const state = work.retryState(event);
    return state === undefined ? this.#process(event) : this.#settle(event, () => resume(work, event, state, this.#again));
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
        const pending = isThenable(outcome) ? outcome : this.#pending(attempt, event, outcome);
        if (pending !== undefined) return this.#complete(attempt, event, pending);
        const taken = work.emitLast(attempt, event, outcome);
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

  /** What there is to wait for in what a handler has given, or promised: promises in a list, the run of a generator. */
  #pending(attempt: Attempt, event: BatchEvent, outcome: unknown): Promise<unknown> | undefined {
    if (typeof outcome !== 'object') return undefined;
    if (hasPromises(outcome)) return Promise.all(outcome);
    return isSteps(outcome) ? this.#runSteps(attempt, event, outcome) : undefined;
  }

  /** Runs a generator to its end, each result to the sinks before it goes on. One whose attempt has ended goes no further. */
  async #runSteps(attempt: Attempt, event: BatchEvent, steps: Steps): Promise<void> {
    const work = this.#work;
    const drive = async () => {
      for await (const result of steps) {
        attempt.mustBeOpen();
        await work.emit(attempt, event, hasPromises(result) ? await Promise.all(result) : result);
      }
    };
    await work.run(attempt, drive, undefined, undefined);
  }

  /** Waits for an attempt. Handlers that are `async` and wait for nothing are many: each promise less is felt. */
  async #complete(attempt: Attempt, event: BatchEvent, outcome: PromiseLike<unknown>): Promise<void> {
    const work = this.#work;
    work.enter(event);
    try {
      const result = await work.signals.within([event], outcome);
      const rest = this.#pending(attempt, event, result);
      const taken = work.emitLast(attempt, event, rest === undefined ? result : await work.signals.within([event], rest));
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
        const rest = this.#pending(attempt, fresh, result);
        await work.emit(attempt, fresh, rest === undefined ? result : await work.signals.within([fresh], rest));
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

function nothing(): undefined {}
