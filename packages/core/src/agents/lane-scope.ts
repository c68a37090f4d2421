import { AsyncLocalStorage } from 'node:async_hooks';

/** The lane in whose name code runs: one long-lived context for a lane, not one for an event. */
export interface LaneScope {
  readonly isAbandoned: boolean;
  /** Messages that its handlers have sent. */
  sent: number;
}

/**
 * Tells whose handler is sending. Used with exactly-once only: a handler that was given up and runs on must not send into a transaction
 * that no longer has its event.
 */
export const laneScope = new AsyncLocalStorage<LaneScope>();
