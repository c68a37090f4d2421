/** What is known of a window that is given every so often. Values are as cells keep them. */
export class UpdatedWindow {
  /** When it is given; undefined where it does not wait for that. */
  due: number | undefined = undefined;
  /** It is not given before, in milliseconds since 1970. */
  notBefore = Number.NEGATIVE_INFINITY;
  /** Whether its newest value was not read by a handler. */
  isPending = false;
  isInHand = false;
  /** How many of its updates are with their handlers, or handled and not committed. */
  uncommitted = 0;
  /** When it is about to close: it waits for its handler, its last value is to be given, or has been. */
  closing: 'waits' | 'last' | 'given' | undefined = undefined;
  /** What the last attempt was given. */
  read: unknown = undefined;
  /** What was given last, and what of that is committed. */
  given: unknown = undefined;
  committed: unknown = undefined;

  /** What is not committed is to be given again. */
  rewind(): void {
    this.isPending ||= this.uncommitted > 0;
    this.uncommitted = 0;
    this.isInHand = false;
    this.closing = undefined;
    this.given = this.committed;
  }
}
