import type { BatchEvent } from '../streams/index.js';
import type { Lane } from './lane.js';
import type { Runner } from './runner.js';
import { Turn } from './turn.js';

/** Many events at once. With `by: 'key'` those of one key stay in order: each waits behind the one before it. */
export class Concurrent implements Runner {
  readonly isGathering = false;
  readonly #lane: Lane;
  readonly #max: number;
  readonly #maxAhead: number;
  readonly #isKeyed: boolean;
  /** For every key in flight, the events that wait behind it. */
  readonly #keys = new Map<string, BatchEvent[]>();
  /** Events whose key is free again and that wait for a place among `max`. */
  readonly #ready: BatchEvent[] = [];
  /** How many have begun and not come to their end. */
  #begun = 0;
  #isDispatching = false;
  #isDropped = false;

  constructor(lane: Lane) {
    const { by, max, maxAhead } = lane.agent.concurrency;
    this.#lane = lane;
    this.#max = max;
    this.#maxAhead = maxAhead;
    this.#isKeyed = by !== 'none';
  }

  wake(): void {
    if (this.#isDispatching) this.#lane.rest.admit();
    else this.#dispatch();
  }

  #dispatch = (): void => {
    const turn = new Turn();
    this.#isDispatching = true;
    this.#lane.rest.admit();
    while (!this.isFull && !this.#lane.rest.holdsTries) {
      const event = this.#ready.shift() ?? this.#take();
      if (event === undefined) break;
      this.#begin(event);
      if (turn.isOver()) return void setImmediate(this.#dispatch);
    }
    this.#isDispatching = false;
    this.#lane.context.moved();
  };

  /** Events that were taken still run. */
  stop(): void {}

  get hasTaken(): boolean {
    return this.#ready.length > 0 || this.#keys.size > 0;
  }

  drop(): void {
    this.#isDropped = true;
    this.#keys.clear();
    this.#ready.length = 0;
  }

  get isPaused(): boolean {
    return this.#begun === this.#lane.waitingForClock;
  }

  /** An event that waits for its retry does not take a place. When that is due it goes before those that were not tried yet. */
  get isFull(): boolean {
    return this.#lane.inFlight - this.#lane.waitingForClock >= this.#max;
  }

  /** The next event whose key is free; the others are put behind the one that holds their key. */
  #take(): BatchEvent | undefined {
    const lane = this.#lane;
    while (lane.tracker.span < this.#maxAhead) {
      const event = lane.next();
      if (event === undefined) return undefined;
      const key = this.#keyOf(event);
      const behind = key === null ? undefined : this.#keys.get(key);
      if (behind === undefined) {
        if (key !== null) this.#keys.set(key, []);
        return event;
      }
      behind.push(event);
    }
    return undefined;
  }

  #begin(event: BatchEvent): void {
    this.#begun++;
    this.#lane.suspects?.begins(event);
    const pending = this.#lane.outputs.beside(() => this.#lane.process(event));
    if (pending === undefined) this.#end(event);
    else
      void pending.then(() => {
        this.#end(event);
        this.wake();
      });
  }

  #end(event: BatchEvent): void {
    this.#begun--;
    this.#lane.suspects?.ends(event);
    this.#free(this.#keyOf(event));
    this.#lane.rest.admit();
    this.#lane.rest.settle();
  }

  #free(key: string | null): void {
    if (key === null) return;
    const next = this.#keys.get(key)?.shift();
    if (next === undefined) this.#keys.delete(key);
    else if (!this.#isDropped) this.#ready.push(next);
  }

  /** What must stay in order; null for an event without a key, which need not. */
  #keyOf(event: BatchEvent): string | null {
    return this.#isKeyed ? event.batch.keyText(event.index) : null;
  }
}
