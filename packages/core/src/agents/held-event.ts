import { type BatchEvent, Claim } from '../streams/index.js';
import type { Trail } from './trail.js';

/** Who holds events until they are finished. */
export interface Holder {
  /** How many of them the loop has been given something of. */
  begun: number;
  readonly trail: Trail | undefined;
  finish(held: HeldEvent): void;
}

/** An event that a stream has taken and that is not finished. */
export class HeldEvent extends Claim {
  /** Whether the loop has been given something of it. */
  isGiven = false;

  constructor(
    private readonly holder: Holder,
    public latest: BatchEvent,
    /** Traces in the transaction that were there before it came. */
    public before: number,
  ) {
    super();
  }

  /** Holds another event, when it is done with this one. */
  holds(event: BatchEvent, before: number): this {
    this.renew();
    this.isGiven = false;
    this.latest = event;
    this.before = before;
    return this;
  }

  given(): void {
    this.holder.trail?.covers(this.latest.offset);
    if (!this.isGiven) this.holder.begun++;
    this.isGiven = true;
  }

  protected finish(): void {
    this.holder.finish(this);
  }
}
