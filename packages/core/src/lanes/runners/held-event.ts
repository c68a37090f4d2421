import { type BatchEvent, Claim } from '../../streams/index.js';

/** Who holds events until they are finished. */
export interface Holder {
  /** The loop is given something of an event for the first time. */
  began(held: HeldEvent): void;
  /** Nothing of an event is under way any more. */
  finish(held: HeldEvent): void;
}

/** An event that a stream has taken and that is not finished. */
export class HeldEvent extends Claim {
  /** Whether an attempt has it: the loop was given something of it, or a step that is part of the loop. */
  hasStarted = false;

  constructor(
    private readonly holder: Holder,
    public latest: BatchEvent,
  ) {
    super();
  }

  /** Holds another event, when it is done with this one. */
  holds(event: BatchEvent): this {
    this.renew();
    this.hasStarted = false;
    this.latest = event;
    return this;
  }

  given(): void {
    if (!this.hasStarted) this.holder.began(this);
    this.hasStarted = true;
  }

  protected finish(): void {
    this.holder.finish(this);
  }
}
