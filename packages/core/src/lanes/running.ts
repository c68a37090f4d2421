import type { Position } from '../positions/index.js';
import type { BatchEvent } from '../streams/index.js';

/** A handler that has not settled. */
export interface InFlight extends Position {
  readonly agent: string;
  readonly since: number;
}

/** The events whose handlers have not settled. Each knows its index, so that one comes and goes at next to no cost: it happens for every event. */
export class Running {
  readonly #events: BatchEvent[] = [];

  add(event: BatchEvent, now: number): void {
    if (event.runningIndex >= 0) return;
    event.since = now;
    event.runningIndex = this.#events.push(event) - 1;
  }

  delete(event: BatchEvent): void {
    if (event.runningIndex < 0) return;
    const last = this.#events.pop() as BatchEvent;
    if (last !== event) {
      this.#events[event.runningIndex] = last;
      last.runningIndex = event.runningIndex;
    }
    event.runningIndex = -1;
  }

  /** Oldest first. */
  [Symbol.iterator](): Iterator<BatchEvent> {
    return [...this.#events].sort((a, b) => a.since - b.since)[Symbol.iterator]();
  }
}
