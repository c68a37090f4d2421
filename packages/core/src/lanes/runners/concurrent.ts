import type { BatchEvent } from '../../streams/index.js';
import type { LaneWork } from '../lane-work.js';
import { EventHandling } from './event-handling.js';
import type { Runner } from './runner.js';
import { Turn } from './turn.js';

/** Many events at once. With `by: 'key'` those of one key stay in order: each waits behind the one before it. */
export class Concurrent implements Runner {
  readonly holdsBack = false;
  readonly #work: LaneWork;
  readonly #handling: EventHandling;
  readonly #maxAhead: number;
  readonly #isKeyed: boolean;
  /** For every key in flight, the events that wait behind it. */
  readonly #keys = new Map<string, BatchEvent[]>();
  /** Events whose key is free again and that wait for a place among `max`. */
  readonly #ready: BatchEvent[] = [];
  #isDispatching = false;

  constructor(work: LaneWork) {
    const { by, maxAhead } = work.agent.concurrency;
    this.#work = work;
    this.#handling = new EventHandling(work);
    this.#maxAhead = maxAhead;
    this.#isKeyed = by !== 'none';
  }

  wake(): void {
    if (!this.#isDispatching) this.#dispatch();
  }

  stop(): void {}

  readonly #dispatch = (): void => {
    const turn = new Turn();
    this.#isDispatching = true;
    while (this.#work.mayBegin) {
      const event = this.#ready.shift() ?? this.#take();
      if (event === undefined) break;
      this.#begin(event);
      if (turn.isOver()) return void setImmediate(this.#dispatch);
    }
    this.#isDispatching = false;
    this.#work.context.moved();
  };

  /** The next event whose key is free; the others are put behind the one that holds their key. */
  #take(): BatchEvent | undefined {
    const { intake } = this.#work;
    while (intake.tracker.span < this.#maxAhead) {
      const event = intake.next();
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
    const pending = this.#handling.process(event);
    if (pending === undefined) this.#free(this.#keyOf(event));
    else
      void pending.then(() => {
        this.#free(this.#keyOf(event));
        this.wake();
      });
  }

  #free(key: string | null): void {
    if (key === null) return;
    const next = this.#keys.get(key)?.shift();
    if (next === undefined) this.#keys.delete(key);
    else this.#ready.push(next);
  }

  /** What must stay in order; null for an event without a key, which need not. */
  #keyOf(event: BatchEvent): string | null {
    return this.#isKeyed ? event.batch.keyText(event.index) : null;
  }
}
