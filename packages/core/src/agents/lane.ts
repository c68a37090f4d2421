import { AgentError, formatPosition, type Position, type TopicPartition } from '../errors/index.js';
import { BatchEvent, type EventSource, replayHeaders, Tracker } from '../streams/index.js';
import { formatMs } from '../time/index.js';
import type { Message, Topic, TopicDefinition } from '../topics/index.js';
import type { Batch, Outgoing } from '../transport/index.js';
import type { BoundAgent, LaneContext, Spent } from './agent.js';
import { LaneQueue } from './lane-queue.js';
import { type LaneScope, laneScope } from './lane-scope.js';
import { type Patient, type Recovery, recover, resume, retry, setAside } from './recover.js';
import { Running } from './running.js';
import { Suspects } from './suspects.js';

/** The part of a lane that decides which event runs when. */
export interface Runner {
  /** Events wait, or the lane may go on: run what may run now. */
  wake(): void;
  /** The lane takes no more events: bring those that were taken to an end. */
  stop(): void;
  /** The lane is given up: begin none of the events that were taken. */
  drop(): void;
  /** Whether events were taken from the lane and have not begun. */
  readonly hasTaken: boolean;
  /** Whether events wait only for others to fill an array. */
  readonly isGathering: boolean;
  /** Whether an event that waits for its retry has none beyond it that was begun. */
  readonly isSerial: boolean;
}

/** A handler that has not settled. */
export interface InFlight extends Position {
  readonly agent: string;
  readonly since: number;
}

/**
 * The path of one assigned partition through one agent: what waits, what runs, what is finished. It is told to stop, hold and go on by the
 * worker; its runner takes the events from it.
 */
export class Lane implements EventSource, Patient, LaneScope {
  readonly tracker = new Tracker();
  readonly queue = new LaneQueue();
  readonly #runner: Runner;
  readonly #stopping = new AbortController();
  readonly #abandoned = new AbortController();
  readonly #running = new Running();
  readonly #signals = new Map<BatchEvent, AbortController>();
  readonly #quiet: (() => void)[] = [];
  readonly #resumed: (() => void)[] = [];
  #backOffs = 0;
  readonly #suspects: Suspects | undefined;
  #isHeld = false;
  #isStopped = false;
  #carefulBelow = 0;
  /** Handlers that were called and are not done; those that wait for a retry count. */
  inFlight = 0;
  sent = 0;
  /** Of those in flight, how many a stream only gathers: its loop has not seen them. */
  gathering = 0;
  /** Of those in flight, how many wait for the clock: for a retry, or for an array to fill. */
  waitingForClock = 0;

  constructor(
    readonly agent: BoundAgent,
    readonly at: TopicPartition,
    readonly context: LaneContext,
    runner: (lane: Lane) => Runner,
  ) {
    this.#runner = runner(this);
    if (context.crashes !== undefined) {
      this.#suspects = new Suspects(this, context.crashes);
      this.carefulUntil(this.#suspects.until);
    }
  }

  get sentSoFar(): number {
    return this.sent + this.context.outlet.unscoped;
  }

  get keyCodec() {
    return this.agent.keyCodec;
  }

  get valueCodec() {
    return this.agent.valueCodec;
  }

  get onEmpty() {
    return this.agent.onEmpty;
  }

  /** Aborted when the lane is to come to rest. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Whether its events wait only for others, or for the time to be up. */
  get isGathering(): boolean {
    return this.#runner.isGathering;
  }

  get isAbandoned(): boolean {
    return this.#abandoned.signal.aborted;
  }

  /** Whether it rests until `resume`. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Takes messages of this partition, in order, to be run at the lane's own pace. */
  accept(batch: Batch): void {
    if (this.#isStopped) return;
    this.queue.push(batch);
    this.wake();
  }

  /** Runs what may run. With exactly-once in a scope of its own, so that what its handlers send is known to be theirs. */
  wake(): void {
    if (this.context.transaction === undefined) this.#runner.wake();
    else laneScope.run(this, () => this.#runner.wake());
  }

  /** The next event to be run, noted as delivered; undefined while there is none or none may run. Those replayed for somebody else are finished. */
  next(): BatchEvent | undefined {
    if (this.#isHeld || this.#isStopped) return undefined;
    let hasPassedOver = false;
    while (this.queue.advance()) {
      const { batch, index } = this.queue;
      const ticket = this.tracker.deliver(batch.offset(index));
      if (!batch.hasHeader(index, replayHeaders.for) || !this.context.deadLetters.isForAnother(this.agent.name, batch, index))
        return this.#begin(new BatchEvent(this, batch, index, ticket));
      this.tracker.finish(ticket);
      hasPassedOver = true;
    }
    // No handler runs that would tell of the room that was made.
    if (hasPassedOver) this.context.moved();
    return undefined;
  }

  #begin(event: BatchEvent): BatchEvent {
    this.context.latest.lane = this;
    return event;
  }

  /** Runs the handler on one event and finishes it. Undefined when that is done already. */
  process(event: BatchEvent): Promise<void> | undefined {
    return this.isCareful(event) ? this.unlessSuspect(event, () => this.#process(event)) : this.#process(event);
  }

  /** Runs an event; one that may have ended the process runs alone, or no more. */
  unlessSuspect(event: BatchEvent, run: () => Promise<void> | undefined): Promise<void> | undefined {
    return this.#suspects === undefined ? run() : this.#suspects.runOrNot(event, run);
  }

  #process(event: BatchEvent): Promise<void> | undefined {
    const spent = this.mark(event);
    if (spent !== undefined) return this.#resume(event, spent);
    try {
      const pending = this.isCareful(event) ? this.again(event) : this.attempt(event);
      if (pending !== undefined) return this.#complete(event, pending);
      this.tracker.finish(event.ticket);
      return undefined;
    } catch (failure) {
      return this.#recover(event, failure);
    }
  }

  /** One try of an event: decode, handle, give the result to the sinks. A result that is only promised is what it resolves to. */
  attempt(event: BatchEvent): Promise<unknown> | undefined {
    if (!event.decodeValue()) return undefined;
    const definition = this.agent.definition as { run(value: unknown, event: BatchEvent): unknown };
    const outcome = definition.run(event.value, event);
    return isThenable(outcome) ? this.within([event], outcome) : this.#emit(event, outcome)?.then(() => undefined);
  }

  #emit(event: BatchEvent, result: unknown): Promise<unknown> | undefined {
    return result === undefined ? undefined : this.agent.emit(result, event);
  }

  /** Waits for a try. Handlers that are `async` and wait for nothing are many: each promise less is felt. */
  async #complete(event: BatchEvent, pending: Promise<unknown>): Promise<void> {
    this.enter(event);
    try {
      const taken = this.#emit(event, await pending);
      if (taken !== undefined) await taken;
      this.finish(event);
    } catch (failure) {
      await this.recover(event, failure, () => this.again(event));
    } finally {
      this.leave(event);
    }
  }

  async #recover(event: BatchEvent, failure: unknown): Promise<void> {
    this.enter(event);
    await this.recover(event, failure, () => this.again(event));
    this.leave(event);
  }

  /** With exactly-once: notes where a first try begins; an event with tries behind it gives those instead. */
  mark(event: BatchEvent): Spent | undefined {
    const { transaction } = this.context;
    if (transaction === undefined) return undefined;
    event.mark = this.sentSoFar;
    return transaction.spent(this.agent.name, event);
  }

  /** An event whose transaction was aborted because of it: it goes on where its retries had come to. */
  async #resume(event: BatchEvent, spent: Spent): Promise<void> {
    this.enter(event);
    await this.resumeRetries(event, spent, () => this.again(event));
    this.leave(event);
  }

  /** Goes on with the retries of an event where they had come to. */
  async resumeRetries(event: BatchEvent, spent: Spent, again: () => unknown): Promise<void> {
    if ((await resume(this, event, spent, again)) === 'finished') this.finish(event);
    else this.halt();
  }

  /** Tries an event again, waiting for its own deliveries so that a message that is refused is known to be its. */
  again(event: BatchEvent): Promise<void> {
    return this.context.outlet.carefully(async () => this.#emit(event, await this.attempt(event)));
  }

  /** Hands a failure to the error policy and finishes the event if that is how it ended. */
  async recover(event: BatchEvent, failure: unknown, again: () => unknown): Promise<Recovery> {
    if (this.isAbandoned) return 'abandoned';
    const recovery = await recover(this, event, failure, again);
    if (recovery === 'finished') this.finish(event);
    else this.halt();
    return recovery;
  }

  /**
   * Brings events that failed together to an end: retried together first; when that does not help each alone, so that only those that fail by
   * themselves are set aside.
   */
  async recoverTogether(
    events: readonly BatchEvent[],
    failure: unknown,
    again: (events: readonly BatchEvent[]) => Promise<void>,
  ): Promise<void> {
    const outcome = await retry(this, events[0], failure, () => again(events));
    if (outcome === 'abandoned') this.halt();
    else if (outcome === 'finished') for (const event of events) this.finish(event);
    else for (const event of events) await this.#alone(event, events.length, outcome, again);
  }

  async #alone(event: BatchEvent, size: number, spent: Spent, again: (events: readonly BatchEvent[]) => Promise<void>): Promise<void> {
    if (this.#isStopped) return;
    try {
      if (size === 1) throw spent.error;
      await again([event]);
      this.finish(event);
    } catch (own) {
      if ((await setAside(this, event, own, size === 1 ? spent.tries : spent.tries + 1)) === 'finished') this.finish(event);
      else this.halt();
    }
  }

  /** Limits a run to the agent's `handlerTimeout`, after which the events' signal is aborted and the run counts as failed. */
  within<T>(events: readonly BatchEvent[], outcome: PromiseLike<T>): Promise<T> {
    const limitMs = this.agent.handlerTimeoutMs;
    if (limitMs === 0) return Promise.resolve(outcome);
    return new Promise((resolve, reject) => {
      const cancel = this.context.clock.after(limitMs, () => {
        const late = new AgentError(this.agent.name, events[0].position, {
          cause: `still running after ${formatMs(limitMs)}`,
          code: 'HANDLER_TIMEOUT',
        });
        for (const event of events) this.#abortSignal(event, late);
        reject(late);
      });
      outcome.then(resolve, reject).then(cancel, cancel);
    });
  }

  /** Notes that a handler has begun to run and is not done. */
  enter(event: BatchEvent): void {
    this.inFlight++;
    this.#running.add(event, this.context.clock.now());
  }

  leave(event: BatchEvent): void {
    this.#running.delete(event);
    if (this.#signals.size > 0) this.#signals.delete(event);
    this.inFlight--;
    this.settle();
    this.context.moved();
  }

  /** Tells those who wait for it that the lane is quiet, if it is. */
  settle(): void {
    if (this.#quiet.length > 0 && this.#isQuiet) for (const resolve of this.#quiet.splice(0)) resolve();
  }

  get #isQuiet(): boolean {
    return this.rests || (this.inFlight === (this.#isStopped ? 0 : this.gathering) && !this.#runner.hasTaken);
  }

  /**
   * With exactly once: whether all that is in flight waits for a retry, and for the lane to go on. Its tries have sent nothing, or their transaction
   * would be undone; and nothing beyond it has begun.
   */
  get rests(): boolean {
    return this.#backOffs > 0 && this.#isHeld && this.#runner.isSerial && !this.#isStopped && this.context.transaction !== undefined;
  }

  /** Whether what is in flight only waits for retries. */
  get isBackingOff(): boolean {
    return this.#backOffs > 0 && this.inFlight === this.waitingForClock;
  }

  finish(event: BatchEvent): void {
    if (!this.isAbandoned) this.tracker.finish(event.ticket);
  }

  backingOff(isWaiting: boolean): void {
    this.#backOffs += isWaiting ? 1 : -1;
    this.waitingForClock += isWaiting ? 1 : -1;
    this.settle();
    if (isWaiting) this.wake();
    this.context.moved();
  }

  signalOf(event: BatchEvent): AbortSignal {
    let controller = this.#signals.get(event);
    if (controller === undefined) {
      controller = new AbortController();
      if (this.isAbandoned) controller.abort(this.#abandoned.signal.reason);
      this.#signals.set(event, controller);
    }
    return controller.signal;
  }

  forward(
    message: Outgoing,
    topic: TopicDefinition | Topic,
    replace: Partial<Pick<Message<unknown, unknown>, 'key' | 'value'>>,
  ): Promise<Position> {
    const target = this.context.topic(topic);
    const replaced = target.encode({ key: replace.key, value: replace.value ?? null });
    return this.context.outlet.send({
      ...message,
      topic: replaced.topic,
      key: 'key' in replace ? replaced.key : message.key,
      value: 'value' in replace ? replaced.value : message.value,
    });
  }

  /** From here to `offset` each event waits for its own deliveries: one before was refused, and it is not known whose it was. */
  carefulUntil(offset: number): void {
    this.#carefulBelow = Math.max(this.#carefulBelow, offset);
  }

  isCareful(event: BatchEvent): boolean {
    return this.#carefulBelow !== 0 && event.offset < this.#carefulBelow;
  }

  /** Whether it is not known yet if the next event is one of those: none waits. */
  get mayBeCareful(): boolean {
    return this.#carefulBelow !== 0 && this.queue.nextOffset === undefined;
  }

  /** Whether the next waiting event is one of those. */
  get isNextCareful(): boolean {
    const next = this.queue.nextOffset;
    return next !== undefined && next < this.#carefulBelow;
  }

  /**
   * Takes no further event until `resume`. Resolves when those that were taken are done or only gathered: no event is then finished beyond one that is not,
   * so that the commit point tells exactly which have left their traces.
   */
  hold(): Promise<void> {
    this.#isHeld = true;
    return this.quiet();
  }

  /** Resolves when the lane goes on, or stops. */
  resumed(): Promise<void> {
    return new Promise((resolve) => this.#resumed.push(resolve));
  }

  #release(): void {
    for (const resolve of this.#resumed.splice(0)) resolve();
  }

  resume(): void {
    this.#isHeld = false;
    this.#release();
    this.wake();
  }

  /** Takes no further event for ever; what waits is left to the next owner. Retries that wait are given up. */
  stop(): void {
    if (this.#isStopped) return;
    this.#runner.stop();
    this.#isStopped = true;
    this.queue.clear();
    this.#stopping.abort();
    this.#release();
  }

  /** Stops because an event can be brought to no end here: nothing more begins. */
  halt(): void {
    this.stop();
    this.#runner.drop();
    this.settle();
  }

  /** Resolves when no event is in flight, or taken and not begun. */
  quiet(): Promise<void> {
    return this.#isQuiet ? Promise.resolve() : new Promise((resolve) => this.#quiet.push(resolve));
  }

  /** Gives up what runs: signals are aborted, and whatever finishes later no longer counts. */
  abandon(why: Error): void {
    this.halt();
    this.#suspects?.close();
    this.#abandoned.abort(why);
    for (const controller of this.#signals.values()) controller.abort(why);
    for (const resolve of this.#quiet.splice(0)) resolve();
  }

  /** The handlers that have not settled, oldest first. */
  *running(): Generator<InFlight> {
    for (const event of this.#running) yield { ...event.position, agent: this.agent.name, since: event.since };
  }

  #abortSignal(event: BatchEvent, why: Error): void {
    this.#signals.get(event)?.abort(why);
    this.#signals.delete(event);
  }

  toString(): string {
    return `${this.agent.name} on ${formatPosition(this.at)}`;
  }
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as PromiseLike<unknown>).then === 'function';
}
