import { type BatchEvent, END, type End, type Feed, type Pulled } from '../streams/index.js';
import type { Lane } from './lane.js';

/** The stream's end of a lane: gives events to one run of the method and knows which of them it still holds. */
export class LaneFeed implements Feed {
  readonly #lane: Lane;
  readonly #replay: BatchEvent[] | undefined;
  readonly #held: BatchEvent[] = [];
  /** How many of the held events were counted as waiting for the clock. */
  #waitingBefore = 0;
  #wanted: ((event: BatchEvent | End) => void) | undefined;
  isClosed = false;
  latest: BatchEvent | undefined;
  /** The event that the loop was given last: whose key a yielded result takes. */
  given: BatchEvent | undefined;
  #acknowledge: (() => void) | undefined;

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

  get clock() {
    return this.#lane.context.clock;
  }

  pull(): Pulled<BatchEvent> {
    const event = this.#next();
    if (event !== undefined) return event;
    return new Promise((resolve) => {
      this.#wanted = resolve;
    });
  }

  /** Gives a waiting loop its next event. */
  wake(): void {
    if (this.#wanted === undefined) return;
    const event = this.#next();
    if (event === undefined) return;
    const give = this.#wanted;
    this.#wanted = undefined;
    give(event as BatchEvent | End);
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
        return this.#decodeLater(event, failure);
      }
    }
  }

  async #decodeLater(event: BatchEvent, failure: unknown): Promise<BatchEvent | End> {
    this.#lane.enter(event);
    await this.#lane.failures.undecodable(event, failure);
    this.#lane.leave(event);
    return this.pull();
  }

  #hold(event: BatchEvent): BatchEvent {
    this.#held.push(event);
    this.#lane.outputs.stage();
    if (this.#replay === undefined) this.#lane.mark(event);
    this.#lane.enter(event);
    this.latest = event;
    return event;
  }

  drop(): void {
    this.#finish(this.#held.length - 1, 1);
  }

  release(through?: BatchEvent, after?: BatchEvent): void {
    const from = after === undefined ? 0 : this.#held.indexOf(after) + 1;
    this.#finish(from, (through === undefined ? this.#held.length : this.#held.indexOf(through) + 1) - from);
  }

  looped(given: BatchEvent | undefined, acknowledge: () => void): void {
    this.given = given;
    this.#acknowledge = acknowledge;
  }

  /** The loop has ended: it is done with what it was given, and with nothing else. */
  releaseGiven(): void {
    this.#acknowledge?.();
  }

  /** What the loop has sent goes out before any event that it may have sent it for is finished. */
  #finish(from: number, count: number): void {
    if (this.#held.length === 0 || count <= 0) return;
    this.#lane.outputs.release();
    // A loop that takes one at a time: nothing to copy.
    if (this.#held.length === 1) this.#done(this.#held.pop() as BatchEvent);
    else for (const event of this.#held.splice(from, count)) this.#done(event);
    if (this.#held.length > 0) this.#lane.outputs.stage();
    if (this.#waitingBefore > this.#held.length) this.#countAgain();
  }

  /** One that was counted as gathered was dropped by a filter that took its time. */
  #countAgain(): void {
    this.waitsForClock(false);
    this.waitsForClock(true);
  }

  #done(event: BatchEvent): void {
    this.#lane.finish(event);
    this.#lane.leave(event);
  }

  get held(): Promise<void> | undefined {
    const { rest } = this.#lane;
    return rest.holdsTries ? rest.resumed() : undefined;
  }

  waitsForClock(isWaiting: boolean): void {
    this.#lane.waitingForClock += isWaiting ? this.#held.length : -this.#waitingBefore;
    this.#waitingBefore = isWaiting ? this.#held.length : 0;
    this.#lane.gathering = this.#waitingBefore;
    this.#lane.rest.settle();
    this.#lane.context.moved();
  }

  /** The events that were given out and not released. */
  unreleased(): readonly BatchEvent[] {
    return [...this.#held];
  }

  /** Takes what is held out of the lane's count; whether it is finished has been decided elsewhere. */
  leave(): void {
    for (const event of this.#held.splice(0)) this.#lane.leave(event);
  }

  /** Ends the stream: a loop that waits for an event leaves. */
  close(): void {
    this.isClosed = true;
    this.#wanted?.(END);
    this.#wanted = undefined;
  }
}
