import type { BatchEvent } from '../streams/index.js';
import type { LaneQueue } from './lane-queue.js';

/** The events of a lane that each wait for their own deliveries: one before was refused, and it is not known whose it was. */
export class CarefulStretch {
  readonly #queue: LaneQueue;
  /** The offset after the last of them; 0 without any. */
  #end = 0;

  constructor(queue: LaneQueue) {
    this.#queue = queue;
  }

  /** Takes in all that lies before `offset`. */
  extendTo(offset: number): void {
    this.#end = Math.max(this.#end, offset);
  }

  has(event: BatchEvent): boolean {
    return this.#end !== 0 && event.offset < this.#end;
  }

  /** Whether the next waiting event is one of them. */
  get hasNext(): boolean {
    const next = this.#queue.nextOffset;
    return next !== undefined && next < this.#end;
  }

  /** Whether it is not known yet if the next event is one of them: none waits. */
  get mayHaveNext(): boolean {
    return this.#end !== 0 && this.#queue.nextOffset === undefined;
  }
}
