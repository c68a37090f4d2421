import { type Attempt, runAs } from '../../attempts/index.js';
import { LifecycleError } from '../../errors/index.js';
import { type BatchEvent, type Claim, END, type End, type Feed, Pace, type Pulled } from '../../streams/index.js';
import { type Cancel, sleepOn } from '../../time/index.js';
import { type Decoded, decode } from '../failures/decoding.js';
import type { LaneWork } from '../lane-work.js';
import { HeldEvent, type Holder } from './held-event.js';
import { AheadExecution, LoopExecution } from './loop-execution.js';
import { Turn } from './turn.js';

/** Takes an event to whom waits for it. */
type Give = (event: BatchEvent | End | Promise<BatchEvent | End>) => void;

/** Some events that are run again, in an attempt that has begun. */
export interface Replay {
  readonly events: readonly BatchEvent[];
  readonly attempt: Attempt;
}

/**
 * The stream's end of a lane: gives events to one run of the method, knows which of them are not finished, and moves from one attempt to the next. An attempt
 * covers the events that the loop has been given something of, until all of them are done: mostly one, or those of an array.
 */
export class LaneFeed implements Feed, Holder {
  readonly execution = new LoopExecution();
  readonly #ahead = new AheadExecution();
  readonly #work: LaneWork;
  readonly #replay: BatchEvent[] | undefined;
  readonly #held: HeldEvent[] = [];
  /** How many events of the attempt are not done. */
  #open = 0;
  #wanted: Give | undefined;
  /** Arrays that somebody is busy with, or steps behind them. */
  #away = 0;
  /** Whether an event that could not be decoded is on its way to its end. */
  #isDecoding = false;
  /** Whether the stream lets time go by before it asks for the next event. */
  isPausing = false;
  readonly #paces: Pace[];
  /** How many of the paces this run has. */
  #paced = 0;
  /** How many of the held events were counted as waiting for the clock. */
  #gathered = 0;
  /** Called when gathering must come to an end. */
  readonly #dues = new Set<() => void>();
  /** What the loop is busy with. */
  #given: Claim | undefined;
  isClosed = false;
  hasMadeWay = false;
  /** Its run has failed: what it held runs again, whatever becomes of steps that are still under way. */
  #hasFailed = false;
  #loops = 0;
  /** Steps that gather arrays. */
  #gatherings = 0;
  /** Whether arrays are gathered from it: what is taken for the next one belongs to no attempt yet. */
  #fetchesAhead = false;
  #turn = new Turn();
  claim!: Claim;
  /** One that is done: a loop that takes one event at a time needs no other. */
  #spare: HeldEvent | undefined;
  /** The newest event that the loop was given: its key is what a yielded result takes. */
  latest: BatchEvent | undefined;

  /**
   * @param paces those of the lane
   * @param replay gives just these events and ends, instead of those that wait in the lane
   */
  constructor(work: LaneWork, paces: Pace[], replay?: Replay) {
    this.#work = work;
    this.#paces = paces;
    this.#replay = replay === undefined ? undefined : replay.events.map((event) => event.fresh(replay.attempt));
    this.execution.attempt = replay?.attempt;
  }

  /** Whether it gives just some events, and ends. */
  get isReplay(): boolean {
    return this.#replay !== undefined;
  }

  get topic(): string {
    return this.#work.topic;
  }

  get partition(): number {
    return this.#work.partition;
  }

  get signal(): AbortSignal {
    return this.#work.stopping;
  }

  get isGivenUp(): boolean {
    return this.#work.isAbandoned;
  }

  pull(): Pulled<BatchEvent> {
    const event = this.#next();
    if (event !== undefined) return this.#turn.isOver() ? this.#inTurn(event) : event;
    const wanted = new Promise<BatchEvent | End>((resolve) => {
      this.#wanted = resolve;
    });
    this.#count();
    return wanted;
  }

  /** A loop that is given one event after another without a wait gives the thread back in between. */
  async #inTurn(event: BatchEvent | End | Promise<BatchEvent | End>): Promise<BatchEvent | End> {
    await new Promise(setImmediate);
    this.#turn = new Turn();
    return event;
  }

  /** Gives a waiting loop its next event. */
  wake(): void {
    const give = this.#wanted;
    if (give === undefined) return;
    // Whoever wakes it while it takes an event finds that nobody waits.
    this.#wanted = undefined;
    const event = this.#next();
    if (event === undefined) this.#wanted = give;
    else this.#answer(give, event);
  }

  #answer(give: Give, event: Parameters<Give>[0]): void {
    this.#count();
    give(event);
  }

  /** The next event that can be decoded; undefined while there is none. */
  #next(): BatchEvent | End | undefined | Promise<BatchEvent | End> {
    for (;;) {
      if (this.isClosed) return END;
      if (this.#replay === undefined && this.#work.intake.hasSingleNext) return this.#makeWay();
      const event = this.#replay === undefined ? this.#work.intake.next() : this.#replay.shift();
      if (event === undefined) {
        if (this.#replay === undefined) return undefined;
        this.isClosed = true;
        return END;
      }
      const { guard } = this.#work;
      if (guard?.isOn === true && !this.isReplay)
        return guard.enter(event.offset).then(() => this.#later(event, decode(this.#work, event)));
      const decoded = decode(this.#work, event);
      if (decoded instanceof Promise) return this.#later(event, decoded);
      if (decoded === 'decoded') return this.#hold(event);
    }
  }

  /** The next event runs by itself: the loop ends, and begins anew behind it. */
  #makeWay(): End {
    this.hasMadeWay = true;
    this.isClosed = true;
    return END;
  }

  async #later(event: BatchEvent, decoding: Decoded | Promise<Decoded>): Promise<BatchEvent | End> {
    // What runs again stands in its lane already.
    if (!this.isReplay) this.#work.enter(event);
    this.#isDecoding = true;
    this.#count();
    const decoded = await decoding;
    this.#isDecoding = false;
    this.#count();
    if (decoded === 'left') this.#work.stop();
    if (decoded !== 'decoded') this.#work.guard?.leave(event.offset);
    if (!this.isReplay) this.#work.leave(event);
    if (decoded !== 'decoded') return this.pull();
    if (!this.isClosed) return this.#hold(event);
    this.#work.intake.giveBack(event);
    return END;
  }

  #hold(event: BatchEvent): BatchEvent {
    const held = this.#spare?.holds(event) ?? new HeldEvent(this, event);
    this.#spare = undefined;
    this.claim = held;
    this.#held.push(held);
    this.#work.enter(event);
    if (this.#fetchesAhead) this.#fetched(event);
    else held.given();
    return event;
  }

  /**
   * The event goes to steps before `take`. At least once, what they send is known to be sent for it: it goes at once, and if it is refused the event runs
   * again. With exactly once they may send nothing.
   */
  #fetched(event: BatchEvent): void {
    if (this.#isExact) event.attempt = undefined;
    else if (!this.isReplay) {
      this.#ahead.attempt = this.#work.begin(event, false);
      event.attempt = this.#ahead.attempt;
    }
  }

  get #isExact(): boolean {
    return this.#work.context.isExact;
  }

  /** An event becomes part of the attempt, or begins the next one. */
  began({ latest: event }: HeldEvent): void {
    const { execution } = this;
    this.#open++;
    if (execution.attempt === undefined) execution.attempt = this.#work.begin(event, false);
    else if (!this.isReplay) this.#work.covers(execution.attempt, event);
    event.attempt = execution.attempt;
  }

  inEvent<T>(run: () => T): T {
    this.claim.given();
    return this.#work.context.hasExecutions ? runAs(this.execution, run, undefined, undefined) : run();
  }

  gives(claim: Claim): void {
    claim.given();
    this.#given = claim;
    this.latest = claim.latest;
  }

  asks(): void {
    const given = this.#given;
    this.#given = undefined;
    given?.done();
  }

  begins(): void {
    this.asks();
    if (++this.#loops > 1 && (this.#fetchesAhead || this.#held.length > 0))
      throw new LifecycleError(
        'a stream with take or flatMap is looped over once: a second loop would not be given what was fetched ahead for the first',
      );
  }

  /** Nothing of an event is under way any more. One that no attempt has was dropped by a step before `take`. */
  finish(held: HeldEvent): void {
    const index = this.#held[0] === held ? 0 : this.#held.indexOf(held);
    if (index === -1 || this.#hasFailed) return;
    // It may turn out that its attempt has not succeeded: then the event runs again.
    this.#end(held);
    // Mostly it is the only one, and this is felt.
    if (this.#held.length === 1) this.#held.pop();
    else if (index === 0) this.#held.shift();
    else this.#held.splice(index, 1);
    this.#leaves(held.latest);
    this.#spare = held;
  }

  /** Of a replay it is known at its end whether it has succeeded. */
  #end({ latest: event, hasStarted }: HeldEvent): void {
    if (hasStarted) this.#open--;
    if (this.isReplay) return;
    const { attempt } = this.execution;
    if (!hasStarted || attempt === undefined) this.#work.finish(event);
    else if (this.#open > 0) this.#work.succeedInPart(attempt, event);
    else {
      this.#work.succeedWith(attempt, event);
      this.execution.attempt = undefined;
    }
  }

  #leaves(event: BatchEvent): void {
    if (!this.isReplay) this.#work.guard?.leave(event.offset);
    this.#work.leave(event);
  }

  ahead<T>(pull: () => T): T {
    this.#fetchesAhead = true;
    if (!this.#work.context.hasExecutions) return pull();
    return runAs(this.isReplay && !this.#isExact ? this.execution : this.#ahead, pull, undefined, undefined);
  }

  gathers(): number {
    return ++this.#gatherings;
  }

  took(step: number, claim: Claim): void {
    if (step === this.#gatherings) claim.given();
  }

  away(isAway: boolean): void {
    this.#away += isAway ? 1 : -1;
    this.#count();
  }

  /** Notes how many events only wait for others, or for the time to be up: all that are held while no step and no loop is busy. */
  #count(): void {
    const gathered = this.isIdle ? this.#held.length : 0;
    if (gathered > 0) this.hurry();
    if (gathered === this.#gathered) return;
    const more = gathered - this.#gathered;
    this.#gathered = gathered;
    this.#work.waits(more);
  }

  /** Whether no step runs and no loop: they wait for an event, maybe one that could not be decoded, or until they may ask for one. */
  get isIdle(): boolean {
    return (this.#wanted !== undefined || this.#isDecoding || this.isPausing) && this.#away === 0;
  }

  now(): number {
    return this.#work.context.clock.now();
  }

  pace(max: number, perMs: number): Pace {
    const index = this.#paced++;
    const known = this.#paces[index];
    if (known?.max === max && known.perMs === perMs) return known;
    const made = new Pace(max, perMs);
    this.#paces[index] = made;
    return made;
  }

  /** What runs again is not cut short when the lane stops, only when it is given up; and its end is not waited for. */
  async pause(ms: number): Promise<boolean> {
    const { clock } = this.#work.context;
    const left = this.#replay?.[0] ?? this.#held[0]?.latest;
    if (this.isReplay && left === undefined) return true;
    this.isPausing = !this.isReplay;
    this.#count();
    try {
      // Of a loop that is in the middle of something, it counts as a handler that sleeps.
      if (this.isIdle) await sleepOn(clock, ms, this.signal);
      else await clock.sleep(ms, this.isReplay ? left?.signal : this.signal);
      return true;
    } catch {
      return false;
    } finally {
      this.isPausing = false;
      this.#count();
    }
  }

  due(ms: number, listener: () => void): Cancel {
    const cancel = this.#work.context.clock.after(ms, listener);
    this.#dues.add(listener);
    return () => {
      cancel();
      this.#dues.delete(listener);
    };
  }

  /** A transaction is to be committed that holds messages of an unfinished attempt: the rest of its events goes to the loop as it is. */
  hurry(): void {
    if (this.execution.attempt?.hasSent === true && !this.#work.context.outputs.admits) for (const due of [...this.#dues]) due();
  }

  /** The events that were taken and are not finished. */
  unfinished(): readonly BatchEvent[] {
    return this.#held.map(({ latest }) => latest);
  }

  /** Takes what is held out of the lane's count; whether it is finished is decided elsewhere. */
  leave(): void {
    for (const event of this.unfinished()) this.#leaves(event);
    this.#held.length = 0;
    this.#count();
  }

  /** Ends the stream: a loop that waits for an event leaves. */
  close(): void {
    this.isClosed = true;
    const give = this.#wanted;
    this.#wanted = undefined;
    if (give !== undefined) this.#answer(give, END);
  }

  /** Nobody takes events from it any more. */
  fail(): void {
    this.#hasFailed = true;
    this.close();
  }
}
