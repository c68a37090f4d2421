import type { BatchEvent } from './event.js';

/**
 * What an item stands for: an event, or those of an array. An event is finished when of all the items that were made of it none is under way any more,
 * whoever dropped them or is done with them, and in whichever order.
 */
export abstract class Claim {
  /** Items that are under way. */
  #items = 1;

  /** Makes it the claim of something else, when nobody has it any more. */
  protected renew(): void {
    this.#items = 1;
  }

  /** Its newest event. */
  abstract readonly latest: BatchEvent;

  /** Its item has become so many others. */
  becomes(items: number): void {
    this.#items += items - 1;
    if (this.#items === 0) this.finish();
  }

  /** One of its items is under way no more. */
  done(): void {
    this.becomes(0);
  }

  /** The loop is given one of its items. */
  abstract given(): void;

  protected abstract finish(): void;
}

/** The claim of an array: those of its items. */
export class JointClaim extends Claim {
  constructor(private readonly claims: readonly Claim[]) {
    super();
  }

  get latest(): BatchEvent {
    return this.claims[this.claims.length - 1].latest;
  }

  given(): void {
    for (const claim of this.claims) claim.given();
  }

  protected finish(): void {
    for (const claim of this.claims) claim.done();
  }
}
