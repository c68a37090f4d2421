import { formatPosition, type TopicPartition } from '../errors/index.js';
import { BatchEvent, replayHeaders, Tracker } from '../streams/index.js';
import type { Batch } from '../transport/index.js';
import { type BoundAgent, type LaneContext, runsSeveral, type Spent } from './agent.js';
import type { LaneNumber } from './begun.js';
import type { Care } from './careful-outlet.js';
import { CarefulStretch } from './careful-stretch.js';
import { Failures } from './failures.js';
import { isThenable } from './is-thenable.js';
import { LaneQueue } from './lane-queue.js';
import { LaneSource } from './lane-source.js';
import { hasPromises, isSteps, type Steps } from './outcome.js';
import { Outputs } from './outputs.js';
import { DoneBefore, type Reach, reachMax } from './reach.js';
import { Recent } from './recent.js';
import type { Patient } from './recover.js';
import { Rest } from './rest.js';
import type { Runner } from './runner.js';
import { type InFlight, Running } from './running.js';
import { Signals } from './signals.js';
import { Suspects } from './suspects.js';

/**
 * The path of one assigned partition through one agent: what waits, what runs, what is finished. It is told to stop, hold and go on by the
 * worker; its runner takes the events from it.
 */
export class Lane implements Patient {
  readonly tracker = new Tracker();
  readonly queue = new LaneQueue();
  readonly careful = new CarefulStretch(this.queue);
  readonly failures = new Failures(this);
  readonly outputs: Outputs;
  readonly rest: Rest;
  readonly signals: Signals;
  readonly #source: LaneSource;
  readonly #runner: Runner;
  readonly #running = new Running();
  readonly #number: LaneNumber;
  readonly suspects: Suspects | undefined;
  /** Handlers that were called and are not done; those that wait for a retry count. */
  inFlight = 0;
  readonly #before: DoneBefore;
  /** With exactly-once. */
  readonly #recent: Recent | undefined;
  readonly #reachMax: number;
  /** Of those in flight, how many could not be decoded and are not at their end, beside the loop that waits for them. */
  undecoded = 0;
  readonly #givenBack: BatchEvent[] = [];
  #isSearching = false;
  /** Of those in flight, how many a stream only gathers: its loop has not seen them. */
  gathering = 0;
  /** Whether a loop has ended in the middle of an event, for which it may have sent something. */
  wasCutShort = false;
  /** Of those in flight, how many wait for the clock: for a retry, or for an array to fill. */
  waitingForClock = 0;

  constructor(
    readonly agent: BoundAgent,
    readonly at: TopicPartition,
    readonly context: LaneContext,
    runner: (lane: Lane) => Runner,
    agents = 1,
  ) {
    this.#reachMax = context.transaction !== undefined && runsSeveral(agent) ? reachMax(agents) : Number.POSITIVE_INFINITY;
    // With exactly-once nothing that was noted may be forgotten; only streams drop again what they have dropped.
    const mayForget = context.transaction === undefined || agent.definition.kind === 'stream';
    this.#before = new DoneBefore(mayForget ? reachMax(agents) : Number.POSITIVE_INFINITY);
    if (context.transaction !== undefined) this.#recent = new Recent();
    this.signals = new Signals(agent, context.clock);
    this.#number = context.begun.numberOf(agent.name, at);
    this.#source = new LaneSource(agent, context, this.signals);
    this.#runner = runner(this);
    this.outputs = new Outputs(this);
    this.rest = new Rest(this, this.#runner);
    if (context.crashes !== undefined) {
      this.suspects = new Suspects(this, context.crashes);
      this.carefulUntil(this.suspects.until);
    }
  }

  /** Whether its events wait only for others, or for the time to be up. */
  get isGathering(): boolean {
    return this.#runner.isGathering;
  }

  get isAbandoned(): boolean {
    return this.signals.areAbandoned;
  }

  get isHeld(): boolean {
    return this.rest.isHeld;
  }

  /**
   * With exactly-once, at rest: whether the transaction may hold something that was sent for an event that is not finished. One that waits for its retry,
   * or was given up at a stop, has sent nothing, or its transaction would be undone. A lane that was at rest and is stopped then gives what it has gathered.
   */
  get hasUnfinished(): boolean {
    if (this.isAbandoned) return this.tracker.open > 0;
    if (this.rest.isStopped) return this.wasCutShort || this.inFlight > 0;
    return !this.rest.isBetweenTries && this.tracker.open > this.gathering;
  }

  /** Takes messages of this partition, in order, to be run at the lane's own pace. */
  accept(batch: Batch): void {
    if (this.rest.isStopped) return;
    this.queue.push(batch);
    this.wake();
  }

  /** Runs what may run. */
  wake(): void {
    this.outputs.within(() => this.#runner.wake());
  }

  /**
   * The next event to be run, noted as delivered; undefined while there is none or none may run. Those done before, or replayed for somebody else, are
   * finished; with exactly-once, one that has come already is passed over.
   */
  next(): BatchEvent | undefined {
    if (this.rest.isHeld || this.rest.isStopped) return undefined;
    if (this.#givenBack.length > 0) return this.#givenBack.shift();
    let hasPassedOver = false;
    while (!this.#isFarAhead && !this.#isPastSearch && this.queue.advance()) {
      const { batch, index } = this.queue;
      const offset = batch.offset(index);
      if (this.#recent?.add(offset, batch.timestamp(index)) === true) continue;
      const ticket = this.tracker.deliver(offset);
      if (!this.#before.has(offset) && !this.context.tried.isSetAside(this.agent.name, batch, offset) && !this.#isForAnother(batch, index))
        return this.#begin(new BatchEvent(this.#source, batch, index, ticket), offset);
      this.tracker.finish(ticket);
      hasPassedOver = true;
    }
    // No handler runs that would tell of the room that was made.
    if (hasPassedOver) this.context.moved();
    if (this.#isPastSearch) this.#commitSearch();
    return undefined;
  }

  /** Whether the next event lies beyond those among which it is looked for whose message was refused. */
  get #isPastSearch(): boolean {
    return this.#isSearching && this.queue.nextOffset !== undefined && !this.careful.hasNext;
  }

  /** What was found is made lasting first: if something else is refused beyond it, it is not looked for again, and it is never nothing that is committed. */
  #commitSearch(): void {
    this.#isSearching = false;
    void this.hold()
      .then(() => this.context.commit())
      .then(() => this.resume());
  }

  /** An event that was taken, and whose taker is gone: the next one is given it. */
  giveBack(event: BatchEvent): void {
    this.#givenBack.push(event);
    this.wake();
  }

  #isForAnother(batch: Batch, index: number): boolean {
    return batch.hasHeader(index, replayHeaders.for) && this.context.deadLetters.isForAnother(this.agent.name, batch, index);
  }

  #begin(event: BatchEvent, offset: number): BatchEvent {
    this.context.begun.note(this.#number, offset);
    return event;
  }

  /** Runs the handler on one event and finishes it. Undefined when that is done already. */
  process(event: BatchEvent): Promise<void> | undefined {
    const mayEndProcess = this.suspects !== undefined && (this.suspects.isNoting || this.careful.has(event));
    return mayEndProcess ? this.#processWarily(event) : this.#process(event);
  }

  /** On its own: a closure costs where it is written, whether it is made or not. */
  #processWarily(event: BatchEvent): Promise<void> | undefined {
    return this.unlessSuspect(event, () => this.#process(event));
  }

  /** Runs an event, unless it has ended the process too often. */
  unlessSuspect(event: BatchEvent, run: () => Promise<void> | undefined, last = event): Promise<void> | undefined {
    return this.suspects === undefined ? run() : this.suspects.runOrNot(event, run, last);
  }

  #process(event: BatchEvent): Promise<void> | undefined {
    const spent = this.mark(event);
    if (spent !== undefined) return this.#resume(event, spent);
    try {
      const pending = this.careful.has(event) ? this.again(event, this.context.outlet.care) : this.attempt(event);
      if (pending !== undefined) return this.#complete(event, pending);
      this.tracker.finish(event.ticket);
      this.signals.forget(event);
      return undefined;
    } catch (failure) {
      return this.#recover(event, failure);
    }
  }

  /** One try of an event: decode, handle, give the result to the sinks. A result that is only promised is what it resolves to. */
  attempt(event: BatchEvent): Promise<unknown> | undefined {
    if (!event.decodeValue()) return undefined;
    const definition = this.agent.definition as { run(value: unknown, event: BatchEvent): unknown };
    this.outputs.stage();
    const outcome = definition.run(event.value, event);
    const pending = isThenable(outcome) ? outcome : this.#pending(event, outcome);
    return pending === undefined ? this.#emit(event, outcome)?.then(() => undefined) : this.signals.within([event], pending);
  }

  /** What there is to wait for in what a handler has given, or promised: promises in a list, the run of a generator. */
  #pending(event: BatchEvent, outcome: unknown): Promise<unknown> | undefined {
    if (typeof outcome !== 'object') return undefined;
    if (hasPromises(outcome)) return Promise.all(outcome);
    return isSteps(outcome) ? this.#runSteps(event, outcome) : undefined;
  }

  /** Runs a generator to its end: each result goes to the sinks before it goes on. One whose time is up, or whose lane is given up, goes no further. */
  async #runSteps(event: BatchEvent, steps: Steps): Promise<void> {
    const signal = this.signals.of(event);
    for await (const result of steps) {
      signal.throwIfAborted();
      const settled = hasPromises(result) ? await Promise.all(result) : result;
      if (settled !== undefined) await this.agent.emit(settled, event);
    }
  }

  #emit(event: BatchEvent, result: unknown): Promise<unknown> | undefined {
    this.outputs.release();
    return result === undefined ? undefined : this.agent.emit(result, event);
  }

  /** Waits for a try. Handlers that are `async` and wait for nothing are many: each promise less is felt. */
  async #complete(event: BatchEvent, pending: Promise<unknown>): Promise<void> {
    this.enter(event);
    try {
      const result = await pending;
      const rest = this.#pending(event, result);
      const taken = this.#emit(event, rest === undefined ? result : await this.signals.within([event], rest));
      if (taken !== undefined) await taken;
      this.finish(event);
    } catch (failure) {
      this.outputs.discard();
      await this.failures.recover(event, failure, (care) => this.again(event, care));
    } finally {
      this.leave(event);
    }
  }

  async #recover(event: BatchEvent, failure: unknown): Promise<void> {
    this.outputs.discard();
    this.enter(event);
    await this.failures.recover(event, failure, (care) => this.again(event, care));
    this.leave(event);
  }

  /** Notes where a first try begins, with exactly-once; an event with tries behind it gives those instead. */
  mark(event: BatchEvent): Spent | undefined {
    if (this.context.transaction !== undefined) event.mark = this.outputs.soFar;
    return this.context.tried.spent(this.agent.name, event);
  }

  /** An event that was given up because of others, or had its transaction aborted: it goes on where its retries had come to. */
  async #resume(event: BatchEvent, spent: Spent): Promise<void> {
    this.enter(event);
    await this.failures.resume(event, spent, (care) => this.again(event, care));
    this.leave(event);
  }

  /** Tries an event, waiting for deliveries of its own. */
  again(event: BatchEvent, care: Care): Promise<void> {
    return this.carefully(event, care, async () => {
      const result = await this.attempt(event);
      const rest = this.#pending(event, result);
      return this.#emit(event, rest === undefined ? result : await this.signals.within([event], rest));
    });
  }

  /** Makes a try that waits for deliveries of its own, of an event and maybe others with it. */
  carefully(event: BatchEvent, care: Care, attempt: () => unknown): Promise<void> {
    const run = () =>
      this.context.outlet.carefully(care, attempt).catch((failure: unknown) => {
        this.outputs.discard();
        throw failure;
      });
    return this.outputs.afresh(() => (this.suspects === undefined ? run() : this.suspects.try(event, run)));
  }

  /** Notes that a handler has begun to run and is not done. */
  enter(event: BatchEvent): void {
    this.inFlight++;
    this.#running.add(event, this.context.clock.now());
  }

  leave(event: BatchEvent): void {
    this.#running.delete(event);
    this.signals.forget(event);
    this.inFlight--;
    this.rest.settle();
    this.context.moved();
  }

  finish(event: BatchEvent): void {
    if (!this.isAbandoned) this.tracker.finish(event.ticket);
  }

  backingOff(event: BatchEvent, isWaiting: boolean): void {
    if (isWaiting) this.suspects?.ends(event);
    else this.suspects?.begins(event);
    this.rest.backingOff(isWaiting);
    if (isWaiting) this.wake();
    this.context.moved();
  }

  /** What was done before this lane began is passed over. */
  passOver(reach: Reach): void {
    this.#before.set(reach);
  }

  /** How far it has come, at rest. */
  get reach(): Reach {
    return this.#before.with(this.tracker);
  }

  /** With exactly-once, whether the next event is so far beyond one that runs or waits that a commit could not note what lies between. */
  get #isFarAhead(): boolean {
    if (this.#reachMax === Number.POSITIVE_INFINITY) return false;
    const { oldest } = this.tracker;
    const { nextOffset } = this.queue;
    return oldest !== undefined && nextOffset !== undefined && nextOffset - oldest >= this.#reachMax && !this.#before.has(nextOffset);
  }

  /** From here to `offset` each event waits for its own deliveries. */
  carefulUntil(offset: number): void {
    this.careful.extendTo(offset);
  }

  /** The same because messages were refused. At least once, what lies before `offset` is committed before the lane goes on. */
  searchUntil(offset: number): void {
    this.carefulUntil(offset);
    this.#isSearching = offset > 0 && this.context.transaction === undefined;
  }

  /**
   * Takes no further event until `resume`. Resolves when those that were taken are done or only gathered: no event is then finished beyond one that is not,
   * so that the commit point tells exactly which have left their traces.
   */
  hold(): Promise<void> {
    return this.rest.hold();
  }

  resume(): void {
    this.rest.resume();
    this.wake();
  }

  /** Takes no further event for ever; what waits is left to the next owner. Retries that wait are given up. */
  stop(): void {
    if (this.rest.isStopped) return;
    this.outputs.within(() => this.#runner.stop());
    this.queue.clear();
    this.rest.stop();
    this.wake();
  }

  /** Stops because an event can be brought to no end here: nothing more begins. */
  halt(): void {
    this.#runner.drop();
    this.stop();
    this.rest.settle();
  }

  /** Resolves when no event is in flight, or taken and not begun. */
  quiet(): Promise<void> {
    return this.rest.quiet();
  }

  /** Gives up what runs: signals are aborted, and whatever finishes later no longer counts. */
  abandon(why: Error): void {
    this.halt();
    this.suspects?.close(why);
    this.signals.abandon(why);
    this.rest.abandon();
  }

  /** How many runs of its handlers there are that do not wait for the clock. A loop has one, whatever it holds. */
  get busy(): number {
    const events = Math.max(0, this.inFlight - this.waitingForClock);
    if (runsSeveral(this.agent)) return events;
    return this.rest.isPaused ? 0 : Math.min(1, events);
  }

  /** The handlers that have not settled, oldest first. */
  *running(): Generator<InFlight> {
    for (const event of this.#running) yield { ...event.position, agent: this.agent.name, since: event.since };
  }

  toString(): string {
    return `${this.agent.name} on ${formatPosition(this.at)}`;
  }
}
