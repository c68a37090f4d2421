import { LifecycleError } from '../errors/index.js';
import { type BatchEvent, type Claim, DUE, type Due, END, type End, type Feed, type Pulled } from '../streams/index.js';
import type { Cancel } from '../time/index.js';
import { HeldEvent, type Holder } from './held-event.js';
import type { Lane } from './lane.js';
import type { Trail } from './trail.js';
import { Turn } from './turn.js';

/** Takes an event to whom waits for it. */
type Give = (event: BatchEvent | End | Promise<BatchEvent | End>) => void;

/** The stream's end of a lane: gives events to one run of the method and knows which of them it still holds. */
export class LaneFeed implements Feed, Holder {
  readonly #lane: Lane;
  readonly #replay: BatchEvent[] | undefined;
  readonly #held: HeldEvent[] = [];
  #wanted: Give | undefined;
  /** Arrays that somebody is busy with, or steps behind them. */
  #away = 0;
  /** Whether an event that could not be decoded is on its way to its end. */
  #isDecoding = false;
  /** Events that were set aside because they could not be decoded. */
  #setAside = 0;
  /** How many of the held events were counted as gathered. */
  #gathered = 0;
  /** Called when gathering must come to an end. */
  readonly #dues = new Set<() => void>();
  /** What the loop is busy with. */
  #given: Claim | undefined;
  /** How many of the held events the loop has been given something of. */
  begun = 0;
  isClosed = false;
  /** Its run has failed: what it held runs again, whatever becomes of steps that are still under way. */
  #hasFailed = false;
  #loops = 0;
  /** Whether arrays are gathered from it. */
  #fetchesAhead = false;
  #turn = new Turn();
  /** That of what the loop does until it asks again, and of the steps that make its next item. */
  trail: Trail | undefined;
  claim!: Claim;
  /** One that is done: a loop that takes one event at a time needs no other. */
  #spare: HeldEvent | undefined;
  /** The newest event that the loop was given: its key is what a yielded result takes. */
  latest: BatchEvent | undefined;

  /** @param replay gives just these events and ends, instead of those that wait in the lane */
  constructor(lane: Lane, replay?: readonly BatchEvent[]) {
    this.#lane = lane;
    this.#replay = replay === undefined ? undefined : [...replay];
  }

  /** Whether it gives just some events, and ends. */
  get isReplay(): boolean {
    return this.#replay !== undefined;
  }

  get topic(): string {
    return this.#lane.at.topic;
  }

  get partition(): number {
    return this.#lane.at.partition;
  }

  get signal(): AbortSignal {
    return this.#lane.rest.stopping;
  }

  get isGivenUp(): boolean {
    return this.#lane.isAbandoned;
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
      const event = this.#replay === undefined ? this.#lane.next() : this.#replay.shift();
      if (event === undefined) {
        if (this.#replay === undefined) return undefined;
        this.isClosed = true;
        return END;
      }
      try {
        if (event.decodeValue()) return this.#hold(event);
        this.#lane.finish(event);
      } catch (failure) {
        return this.#lane.outputs.within(() => this.#decodeLater(event, failure));
      }
    }
  }

  async #decodeLater(event: BatchEvent, failure: unknown): Promise<BatchEvent | End> {
    this.#lane.enter(event);
    this.#lane.undecoded++;
    this.#isDecoding = true;
    this.#count();
    const isDecoded = await this.#lane.failures.undecodable(event, failure);
    if (!isDecoded) this.#setAside++;
    this.#isDecoding = false;
    this.#lane.undecoded--;
    this.#count();
    this.#lane.leave(event);
    if (!isDecoded) return this.pull();
    if (!this.isClosed) return this.#hold(event);
    this.#lane.giveBack(event);
    return END;
  }

  #hold(event: BatchEvent): BatchEvent {
    const held = this.#spare?.holds(event, this.#traces) ?? new HeldEvent(this, event, this.#traces);
    this.#spare = undefined;
    this.claim = held;
    this.#held.push(held);
    this.trail?.covers(event.offset);
    this.#lane.outputs.stage();
    if (this.#replay === undefined) this.#lane.mark(event);
    this.#lane.enter(event);
    return event;
  }

  gives(claim: Claim): void {
    claim.given();
    this.#given = claim;
    this.latest = claim.latest;
  }

  asks(): void {
    const given = this.#given;
    this.#given = undefined;
    this.trail = this.#lane.suspects?.nextTrail();
    given?.done();
  }

  begins(): void {
    this.asks();
    if (++this.#loops > 1 && (this.#fetchesAhead || this.#held.length > 0))
      throw new LifecycleError(
        'a stream with take or flatMap is looped over once: a second loop would not be given what was fetched ahead for the first',
      );
  }

  /** Nothing of an event is under way any more. What was sent for it goes out before it is finished. */
  finish(held: HeldEvent): void {
    const place = this.#held[0] === held ? 0 : this.#held.indexOf(held);
    if (place === -1 || this.#hasFailed) return;
    if (held.isGiven || this.#held.length === 1) this.#lane.outputs.release();
    else this.#lane.outputs.releaseUnseen();
    // Mostly it is the only one, and this is felt.
    if (this.#held.length === 1) this.#held.pop();
    else if (place === 0) this.#held.shift();
    else this.#held.splice(place, 1);
    if (held.isGiven) this.begun--;
    // Of a run again it is known at its end whether all that was sent has been delivered.
    if (!this.isReplay) this.#lane.finish(held.latest);
    this.#lane.leave(held.latest);
    this.#spare = held;
    if (this.#held.length > 0) this.#lane.outputs.stage();
  }

  ahead<T>(pull: () => T): T {
    this.#fetchesAhead = true;
    return this.#lane.outputs.ahead(pull);
  }

  away(isAway: boolean): void {
    this.#away += isAway ? 1 : -1;
    this.#count();
  }

  /** Notes how many events only wait for others, or for the time to be up: all that are held while no step and no loop is busy. */
  #count(): void {
    const gathered = this.isIdle ? this.#held.length : 0;
    if (gathered > 0) this.hurry();
    const hasChanged = gathered !== this.#gathered;
    this.#lane.waitingForClock += gathered - this.#gathered;
    this.#gathered = gathered;
    this.#lane.gathering = this.isInHand ? 0 : gathered;
    this.#lane.rest.settle();
    if (hasChanged) this.#lane.context.moved();
  }

  /** Whether no step runs and no loop: they wait for an event, maybe one that could not be decoded. */
  get isIdle(): boolean {
    return (this.#wanted !== undefined || this.#isDecoding) && this.#away === 0;
  }

  /**
   * With exactly-once: whether something of the events that it holds may be in the transaction. Then they are to be finished in the same one, and are
   * no longer only gathered.
   */
  get isInHand(): boolean {
    return this.#held.length > 0 && (this.begun > 0 || this.#held[0].before !== this.#traces);
  }

  /** What may be in the transaction and is nobody's result: what steps ahead of arrays have sent, and dead letters. */
  get #traces(): number {
    return this.#lane.outputs.sentAhead + this.#setAside;
  }

  due(ms: number, listener: () => void): Cancel {
    const cancel = this.#lane.context.clock.after(ms, listener);
    this.#dues.add(listener);
    return () => {
      cancel();
      this.#dues.delete(listener);
    };
  }

  /** The lane is held: arrays of events in hand are given as they are. */
  hurry(): void {
    if (this.#dues.size > 0 && this.#lane.rest.holdsTries && this.isInHand) for (const due of [...this.#dues]) due();
  }

  get goesOn(): Promise<Due> | undefined {
    const { rest } = this.#lane;
    if (!rest.holdsTries || this.isInHand) return undefined;
    return new Promise((resolve) => {
      const end = () => {
        this.#dues.delete(end);
        resolve(DUE);
      };
      this.#dues.add(end);
      void rest.resumed().then(end);
    });
  }

  /** The events that were given out and are not finished. */
  unreleased(): readonly BatchEvent[] {
    return this.#held.map(({ latest }) => latest);
  }

  /** Takes what is held out of the lane's count; whether it is finished has been decided elsewhere. */
  leave(): void {
    for (const { latest } of this.#held.splice(0)) this.#lane.leave(latest);
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
