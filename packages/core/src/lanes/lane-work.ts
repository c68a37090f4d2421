import { setMaxListeners } from 'node:events';
import { type BoundAgent, type ResultTaker, runsSeveral } from '../agents/index.js';
import { Attempt, type AttemptLane, type Execution, isAborted, isRefusal, Overtaken, type RetryState, runAs } from '../attempts/index.js';
import { caught, reason } from '../errors/index.js';
import { formatPosition, type Position, type TopicPartition } from '../positions/index.js';
import { type BatchEvent, type KeptEvent, ParkedEvent } from '../streams/index.js';
import type { LaneGuard } from './guard.js';
import type { Intake } from './intake.js';
import type { DerivedState, EventTime, LaneContext, Parking } from './lane-context.js';
import { type InFlight, Running } from './running.js';
import type { Signals } from './signals.js';

/** How an attempt failed. */
export interface Failure {
  readonly error: unknown;
  /** Whether it says something of the event: a refused message may be somebody else's, unless it went alone. */
  readonly isCounted: boolean;
  /** Whether messages of it are in the open transaction, which is being aborted for that. */
  readonly isInTransaction: boolean;
}

/** How something failed that no attempt has: decoding, or a loop between two events. */
export function failureOutside(thrown: unknown): Failure {
  return { error: caught(thrown), isCounted: true, isInTransaction: false };
}

/** What a lane does: attempts begin and end here, and what is in flight is counted here and nowhere else. */
export class LaneWork implements AttemptLane {
  readonly topic: string;
  readonly partition: number;
  readonly #running = new Running();
  readonly #stopping = new AbortController();
  readonly #quiet: (() => void)[] = [];
  readonly #idle: (() => void)[] = [];
  /** Who goes by the time of its events. */
  readonly #time: EventTime | undefined;
  /** What its events stand for, where they are derived. */
  readonly #derived: DerivedState | undefined;
  /** Where its events wait that failed; missing where they wait in the lane. */
  readonly parking: Parking | undefined;
  #inFlight = 0;
  #waitingForClock = 0;
  readonly #due: (() => void)[] = [];
  #hasRoom = () => {};
  #spare: Attempt | undefined;
  #ending!: Attempt;
  readonly #only: ResultTaker = { stage: (message) => this.context.outputs.appendOnly(this.#ending, message) };

  constructor(
    readonly agent: BoundAgent,
    at: TopicPartition,
    readonly context: LaneContext,
    readonly intake: Intake,
    readonly signals: Signals,
    /** Missing where no crash is remembered. */
    readonly guard: LaneGuard | undefined,
  ) {
    // Each retry that waits listens to it.
    setMaxListeners(0, this.#stopping.signal);
    this.#time = context.timeOf?.(at);
    this.#derived = context.derivedOf?.(at);
    this.parking = context.parkingOf?.(agent.name, at);
    this.topic = at.topic;
    this.partition = at.partition;
  }

  /** Aborted when the lane stops: a retry that waits is left to the next owner. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  get isStopped(): boolean {
    return this.intake.isStopped;
  }

  get isAbandoned(): boolean {
    return this.signals.areAbandoned;
  }

  /** Begins an attempt of an event. */
  begin(event: BatchEvent, isIsolated: boolean): Attempt {
    const { offset } = event;
    const attempt = new Attempt(this.context.outputs, this, offset, offset, isIsolated);
    this.#timed(attempt, event);
    return attempt;
  }

  #timed(attempt: Attempt, event: BatchEvent): void {
    if (this.#time === undefined) return;
    attempt.time = event.time;
    attempt.event = event;
  }

  /** Begins an attempt of several, in their order. */
  beginAll([first, ...others]: readonly BatchEvent[], isIsolated: boolean): Attempt {
    const attempt = this.begin(first, isIsolated);
    for (const event of others) this.covers(attempt, event);
    return attempt;
  }

  /** An attempt takes in another event, which comes after those that it has. */
  covers(attempt: Attempt, event: BatchEvent): void {
    attempt.covers(event.offset);
    if (attempt.time !== undefined) attempt.time = Math.max(attempt.time, event.time);
  }

  /** Begins an attempt of one event. Where no code can hold on to it, one that is done is used again. */
  beginOne(event: BatchEvent): Attempt {
    const spare = this.#spare;
    if (spare === undefined) return this.begin(event, false);
    this.#spare = undefined;
    this.#timed(spare, event);
    return spare.again(event.offset);
  }

  /** An event is decoded, and given to its attempt. */
  gives(attempt: Attempt, event: BatchEvent): void {
    event.attempt = attempt;
    this.#timed(attempt, event);
  }

  /** The attempt of one event has succeeded in the turn in which it began. */
  succeedAtOnce(attempt: Attempt, event: BatchEvent): void {
    if (!attempt.isRunning) return;
    this.succeedWith(attempt, event);
    if (this.context.hasExecutions) return;
    event.attempt = undefined;
    this.#spare = attempt;
  }

  /** Makes an attempt of some events, noted as in flight while crashes are looked for. */
  guarded<T>(events: readonly BatchEvent[], run: () => Promise<T>): Promise<T> {
    const { guard } = this;
    return guard?.isOn === true ? guard.wrap(events[0].offset, events[events.length - 1].offset, run) : run();
  }

  /** Calls a function of the user's as belonging to an attempt. */
  run<A, B>(execution: Execution, handler: (first: A, second: B) => unknown, first: A, second: B): unknown {
    return this.context.hasExecutions ? runAs(execution, handler, first, second) : handler(first, second);
  }

  /** Gives a result to the sinks. Undefined when there is nothing to wait for. */
  emit(attempt: Attempt, event: BatchEvent, result: unknown): Promise<unknown> | undefined {
    if (result === undefined) return undefined;
    const taken = this.#emit(attempt, event, result);
    this.context.outputs.handOutFull(attempt);
    return taken;
  }

  #emit(attempt: Attempt, event: BatchEvent, result: unknown): Promise<unknown> | undefined {
    const { agent, context } = this;
    if (!agent.hasFunctionSinks || !context.hasExecutions) return agent.emit(result, event, attempt);
    return runAs(attempt, () => agent.emit(result, event, attempt), undefined, undefined);
  }

  /** The same for the result of an attempt that succeeds in this turn. */
  emitLast(attempt: Attempt, event: BatchEvent, result: unknown): Promise<unknown> | undefined {
    const isDerived = this.#derived !== undefined && attempt.writes !== undefined;
    if (!this.agent.hasOneTopicSink || attempt.hasStaged || isDerived || result === undefined) return this.emit(attempt, event, result);
    this.#ending = attempt;
    return this.agent.emit(result, event, this.#only);
  }

  /** The attempt has succeeded: in one turn its messages leave and its events are finished. Unless it was given up meanwhile: its events run again. */
  succeed(attempt: Attempt, events: readonly BatchEvent[]): void {
    if (!attempt.isRunning) return;
    if (this.#derived !== undefined) for (const event of events) this.#derived.settle(attempt, event as KeptEvent);
    this.context.outputs.succeed(attempt);
    for (const event of events) this.#finish(event);
  }

  /** The same for one event: no array is made for it. */
  succeedWith(attempt: Attempt, event: BatchEvent): void {
    if (!attempt.isRunning) return;
    this.#derived?.settle(attempt, event as KeptEvent);
    this.context.outputs.succeed(attempt);
    this.#derived?.settled(event as KeptEvent);
    this.intake.tracker.finish(event.ticket);
    this.#time?.finished(event.time);
  }

  /** One of the events of a loop's attempt is done, and others are not: what was sent so far leaves with it. */
  succeedInPart(attempt: Attempt, event: BatchEvent): void {
    if (!attempt.isRunning) return;
    this.#derived?.settle(attempt, event as KeptEvent);
    attempt.writes?.apply();
    this.context.outputs.handOut(attempt);
    this.#finish(event);
  }

  /** The attempt has failed, for whatever reason. */
  fail(attempt: Attempt, thrown: unknown): Failure {
    const error = caught(thrown);
    const { hasSent, isIsolated } = attempt;
    const isInTransaction = this.context.isExact && !this.isAbandoned && (hasSent || isAborted(error));
    // In the same turn: no commit may come in between.
    if (isInTransaction)
      this.context.abort(new Error(`${this.agent.name} failed on ${nameOf(attempt)} after it had sent something: ${reason(error)}`));
    this.context.outputs.fail(attempt);
    return { error, isCounted: !isAborted(error) && !(error instanceof Overtaken) && (!isRefusal(error) || isIsolated), isInTransaction };
  }

  /** An event is at its end: nothing more is to be done for it. */
  finish(event: BatchEvent): void {
    // What a derived one stands for goes with an attempt.
    if (this.#derived !== undefined && !this.isAbandoned) this.succeed(this.begin(event, false), [event]);
    else this.#finish(event);
  }

  #finish(event: BatchEvent): void {
    if (this.isAbandoned) return;
    this.#derived?.settled(event as KeptEvent);
    this.intake.tracker.finish(event.ticket);
    this.#time?.finished(event.time);
    const { retries } = this.context;
    if (!retries.isEmpty) retries.forget(this.agent.name, this.#positionOf(event));
  }

  /** The attempts that an event has behind it, from before a rewind. */
  retryState(event: BatchEvent): RetryState | undefined {
    const { retries } = this.context;
    return retries.isEmpty ? undefined : retries.of(this.agent.name, this.#positionOf(event));
  }

  /** It is remembered over a rewind. */
  keepState(event: BatchEvent, state: RetryState): void {
    this.context.retries.keep(this.agent.name, this.#positionOf(event), state);
  }

  /** Where an event is in this lane: one that was parked comes from another place. */
  #positionOf({ offset }: BatchEvent): Position {
    return { topic: this.topic, partition: this.partition, offset };
  }

  isIsolated(event: BatchEvent): boolean {
    if (this.parking !== undefined && event instanceof ParkedEvent && event.derived.isRefused) return true;
    return !this.intake.isolated.isEmpty && this.intake.isolated.has(event.offset);
  }

  /** Notes that a handler was called and is not done; while it waits for a retry it counts on. */
  enter(event: BatchEvent): void {
    this.#inFlight++;
    this.#running.add(event, this.context.clock.now());
  }

  leave(event: BatchEvent): void {
    this.#running.delete(event);
    this.signals.forget(event);
    this.#inFlight--;
    this.admit();
    this.#settle();
    this.context.moved();
  }

  /** Some of what is in flight waits for the clock, or for another attempt, from now on; or with a negative number no longer. */
  waits(count: number): void {
    this.#waitingForClock += count;
    this.#settle();
    this.#hasRoom();
    this.context.moved();
  }

  /** What waits for the clock is due. Resolves when it may begin, or the lane stops; from then on it waits no longer. */
  readmitted(): Promise<void> {
    return new Promise((resolve) => {
      this.#due.push(resolve);
      this.admit();
    });
  }

  /** Lets go on what is due, while it may begin. */
  admit(): void {
    while (this.#due.length > 0 && (this.isStopped || this.mayBegin)) {
      this.#waitingForClock--;
      this.#due.shift()?.();
    }
  }

  /** Whether an attempt may begin, also of an event that was taken before. */
  get mayBegin(): boolean {
    return !this.#isFull && this.intake.admits;
  }

  /** Whether as many run as may. What waits for its retry takes no place, and goes before what was not tried yet. */
  get #isFull(): boolean {
    return runsSeveral(this.agent) && this.#inFlight - this.#waitingForClock >= this.agent.concurrency.max;
  }

  /** Called when what is in flight may have made room for more. */
  whenRoom(listener: () => void): void {
    this.#hasRoom = listener;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Of those in flight, how many wait for the clock: for a retry, or for an array to fill. */
  get waitingForClock(): number {
    return this.#waitingForClock;
  }

  /** The handlers that have not settled, oldest first. */
  *running(): Generator<InFlight> {
    for (const event of this.#running) yield { ...event.position, agent: this.agent.name, since: event.since };
  }

  /** Nothing begins any more, also of what was taken. Retries that wait are given up. */
  stop(): void {
    this.intake.isStopped = true;
    this.intake.queue.clear();
    this.#stopping.abort();
    this.admit();
  }

  /** Resolves when no attempt runs, or when the lane is given up: what waits for its retry does not count. */
  idle(): Promise<void> {
    return this.#isIdle ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  get #isIdle(): boolean {
    return this.isAbandoned || this.#inFlight === this.#waitingForClock;
  }

  /** Resolves when nothing is in flight, or when the lane is given up. */
  quiet(): Promise<void> {
    return this.#isQuiet ? Promise.resolve() : new Promise((resolve) => this.#quiet.push(resolve));
  }

  get #isQuiet(): boolean {
    return this.isAbandoned || this.#inFlight === 0;
  }

  /** Tells those who wait for it that the lane is idle or quiet, if it is. */
  #settle(): void {
    if (this.#idle.length > 0 && this.#isIdle) for (const resolve of this.#idle.splice(0)) resolve();
    if (this.#quiet.length > 0 && this.#isQuiet) for (const resolve of this.#quiet.splice(0)) resolve();
  }

  /** Gives up what runs: signals are aborted, and whatever finishes later no longer counts. */
  abandon(why: Error): void {
    this.guard?.close();
    this.signals.abandon(why);
    this.#settle();
  }
}

function nameOf({ lane: { topic, partition }, from }: Attempt): string {
  return formatPosition({ topic, partition, offset: from });
}
