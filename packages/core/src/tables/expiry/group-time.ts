import type { Clock } from '../../time/index.js';

/** An event that says it is later than this is taken for one of this time: a producer with a wrong clock must not have everything expire. */
const aheadMs = 60 * 60 * 1000;

/**
 * The time of a partition group: the greatest event time of its finished events. It is state: committed with the tables, taken back with a rewind. 0 before
 * the first event.
 */
export class GroupTime {
  readonly #clock: Pick<Clock, 'now'>;
  #now = 0;
  #closed = 0;
  #committed = 0;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  get now(): number {
    return this.#now;
  }

  /** As of the closed generation. */
  get closed(): number {
    return this.#closed;
  }

  /** Whether there is something to be committed of the open generation. */
  get hasMoved(): boolean {
    return this.#now > this.#committed;
  }

  /** The same of the closed one. */
  get closedHasMoved(): boolean {
    return this.#closed > this.#committed;
  }

  /** An event is at its end. */
  finished(timestamp: number): void {
    if (timestamp > this.#now) this.#now = Math.max(this.#now, this.of(timestamp));
  }

  /** The time of what an event writes. @param timestamp the event's; missing where no event writes it */
  of(timestamp: number | undefined): number {
    if (timestamp === undefined) return this.#now === 0 ? this.#clock.now() : this.#now;
    if (timestamp <= this.#now) return Math.max(0, timestamp);
    return Math.min(timestamp, this.#clock.now() + aheadMs);
  }

  prepare(): void {
    this.#closed = this.#now;
  }

  committed(): void {
    this.#committed = this.#closed;
  }

  dropped(): void {
    this.#now = this.#committed;
    this.#closed = this.#committed;
  }

  /** So far had it come in what is recovered. */
  restore(time: number): void {
    this.#committed = Math.max(this.#committed, time);
    this.dropped();
  }
}
