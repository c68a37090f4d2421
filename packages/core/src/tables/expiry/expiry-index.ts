/** In how many pieces a time to live is divided: an entry is removed at the end of its piece, up to so much later than it is gone for readers. */
const pieces = 64;

/** Offered a key that may have expired. @returns whether it is settled; if not it is offered again */
export type Offer = (key: string) => boolean;

/** Finds what has expired without looking at what has not: keys by the time at which they were written, in buckets. */
export interface ExpiryIndex {
  /** A key was written. One that was written before, too, stands in both places. */
  note(key: string, time: number): void;
  /** Offers keys that were written before a time, until there is none left or it is to stop. Gives the thread back in between. */
  sweep(before: number, offer: Offer, isToStop: () => boolean): Promise<void>;
}

/** The width of a bucket, in milliseconds. */
export function bucketMsOf(ttlMs: number): number {
  return Math.max(1, Math.ceil(ttlMs / pieces));
}
