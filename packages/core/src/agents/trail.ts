import { AsyncLocalStorage } from 'node:async_hooks';
import type { Hand } from './agent.js';

/**
 * The events that some code runs for: handlers, and all that they have begun and perhaps not waited for. Kept only while it is noted what each lane works
 * on: an error that nobody catches then tells whose it is.
 */
export class Trail {
  from = Number.POSITIVE_INFINITY;
  to = Number.NEGATIVE_INFINITY;

  constructor(readonly hand: Hand) {}

  covers(offset: number): this {
    this.from = Math.min(this.from, offset);
    this.to = Math.max(this.to, offset);
    return this;
  }
}

/** The trail of the code that asks. */
export const trails = new AsyncLocalStorage<Trail>();
