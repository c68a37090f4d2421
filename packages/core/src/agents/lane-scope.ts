import { AsyncLocalStorage } from 'node:async_hooks';

/** In whose name code runs: that of a lane, long-lived; or of one event where others run beside it. */
export interface LaneScope {
  readonly isAbandoned: boolean;
  /** Messages that its handlers have sent. */
  sent: number;
}

/** One event of a lane that runs several at once. */
export class EventScope implements LaneScope {
  sent = 0;

  constructor(private readonly lane: LaneScope) {}

  get isAbandoned(): boolean {
    return this.lane.isAbandoned;
  }
}

/**
 * Tells whose handler is sending. Used with exactly-once only: a handler that was given up and runs on must not send into a transaction
 * that no longer has its event.
 */
export const laneScope = new AsyncLocalStorage<LaneScope>();
