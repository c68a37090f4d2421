import { AsyncLocalStorage } from 'node:async_hooks';
import { Staged } from './staged.js';

/**
 * In whose name code runs: that of a lane, of one event where others run beside it, or of the steps of a stream ahead of its arrays. A try that has failed is
 * followed by another scope, which counts on.
 */
export class LaneScope {
  /** Messages that wait for the end of the try. */
  readonly staged = new Staged();
  #isGivenUp = false;

  constructor(
    private readonly lane: { readonly isAbandoned: boolean },
    private readonly count = { sent: 0 },
  ) {}

  /** Messages that were sent in this name and are in the transaction. */
  get sent(): number {
    return this.count.sent;
  }

  set sent(sent: number) {
    this.count.sent = sent;
  }

  /** Whether what was sent by events of its lane no longer counts. */
  get isAbandoned(): boolean {
    return this.lane.isAbandoned;
  }

  /** Whether what is sent in this name no longer counts. */
  get isGivenUp(): boolean {
    return this.#isGivenUp || this.lane.isAbandoned;
  }

  /** What still runs in this name sends nothing more. Returns the one to go on in. */
  giveUp(): LaneScope {
    this.#isGivenUp = true;
    return this.renewed();
  }

  renewed(): LaneScope {
    return new LaneScope(this.lane, this.count);
  }
}

/**
 * Tells whose handler is sending. Used with exactly-once only: a handler that was given up and runs on must not send into a transaction
 * that no longer has its event.
 */
export const laneScope = new AsyncLocalStorage<LaneScope>();
