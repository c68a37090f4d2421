import { AsyncLocalStorage } from 'node:async_hooks';
import { Staged } from './staged.js';

/** In whose name code runs: that of a lane, long-lived; or of one event where others run beside it. */
export class LaneScope {
  /** Messages that its handlers have sent and that are in the transaction. */
  sent = 0;
  /** Those that wait for the end of the try. */
  readonly staged = new Staged();

  constructor(private readonly lane: { readonly isAbandoned: boolean }) {}

  get isAbandoned(): boolean {
    return this.lane.isAbandoned;
  }
}

/**
 * Tells whose handler is sending. Used with exactly-once only: a handler that was given up and runs on must not send into a transaction
 * that no longer has its event.
 */
export const laneScope = new AsyncLocalStorage<LaneScope>();
