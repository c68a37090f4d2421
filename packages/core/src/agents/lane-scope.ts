import { AsyncLocalStorage } from 'node:async_hooks';
import { Staged } from './staged.js';

/** In whose name code runs: that of a lane, long-lived; of one event where others run beside it; or of the steps of a stream ahead of its arrays. */
export class LaneScope {
  /** Those that wait for the end of the try. */
  readonly staged = new Staged();
  #isGivenUp = false;

  /** @param sent messages that were sent in its name and are in the transaction */
  constructor(
    private readonly lane: { readonly isAbandoned: boolean },
    public sent = 0,
  ) {}

  get isAbandoned(): boolean {
    return this.#isGivenUp || this.lane.isAbandoned;
  }

  /** What still runs in its name no longer counts. Returns the one that counts on. */
  giveUp(): LaneScope {
    this.#isGivenUp = true;
    return new LaneScope(this.lane, this.sent);
  }
}

/**
 * Tells whose handler is sending. Used with exactly-once only: a handler that was given up and runs on must not send into a transaction
 * that no longer has its event.
 */
export const laneScope = new AsyncLocalStorage<LaneScope>();
