/**
 * Knows which of the delivered events of one lane are finished, and so how far its partition may be committed.
 * It is told every offset that is delivered and never computes one: compaction, transaction markers and filters leave gaps.
 */
export class Tracker {
  #offsets = new Float64Array(64);
  #finished = new Uint8Array(64);
  /** Event times, where somebody goes by them: NaN while one is not known. */
  #times: Float64Array | undefined;
  /** The greatest event time of finished events. */
  reached = Number.NEGATIVE_INFINITY;
  /** Tickets count up for ever; a ticket's slot in the ring is its low bits. */
  #head = 0;
  #tail = 0;
  #next = -1;
  /** How many events have been finished. */
  finished = 0;
  /** The offset after the newest event that is finished, whatever lies unfinished before it; 0 before the first. */
  doneTo = 0;

  /** @param isTimed whether it tells how far event time has come */
  constructor(isTimed = false) {
    if (isTimed) this.#times = new Float64Array(64);
  }

  /** Notes that the event at `offset` was given out. Returns the ticket to finish it with. */
  deliver(offset: number): number {
    if (this.#tail - this.#head === this.#offsets.length) this.#grow();
    const ticket = this.#tail++;
    const slot = ticket & (this.#offsets.length - 1);
    this.#offsets[slot] = offset;
    this.#finished[slot] = 0;
    if (this.#times !== undefined) this.#times[slot] = Number.NaN;
    return ticket;
  }

  /** Notes the event time of an event that was given out. */
  happened(ticket: number, time: number): void {
    if (this.#times !== undefined && ticket >= this.#head && ticket < this.#tail) this.#times[ticket & (this.#offsets.length - 1)] = time;
  }

  /**
   * How far event time has come: the greatest of finished events, held at the smallest of those that are not. −∞ before the first is finished, and while one is not
   * known.
   */
  get time(): number {
    return Math.min(this.reached, this.held);
  }

  /** The smallest event time of what is not finished; +∞ where everything is, −∞ while one is not known. */
  get held(): number {
    if (this.#times === undefined) return Number.NEGATIVE_INFINITY;
    let time = Number.POSITIVE_INFINITY;
    const mask = this.#offsets.length - 1;
    for (let ticket = this.#head; ticket < this.#tail; ticket++) {
      if (this.#finished[ticket & mask] === 1) continue;
      const each = this.#times[ticket & mask];
      if (Number.isNaN(each)) return Number.NEGATIVE_INFINITY;
      if (each < time) time = each;
    }
    return time;
  }

  /** Notes that nothing more is to be done for an event. Finishing it twice does nothing. */
  finish(ticket: number): void {
    if (ticket < this.#head || ticket >= this.#tail) return;
    const mask = this.#offsets.length - 1;
    const slot = ticket & mask;
    if (this.#finished[slot] === 1) return;
    this.#finished[slot] = 1;
    this.finished++;
    if (this.#times !== undefined && this.#times[slot] > this.reached) this.reached = this.#times[slot];
    if (this.#offsets[slot] >= this.doneTo) this.doneTo = this.#offsets[slot] + 1;
    while (this.#head < this.#tail && this.#finished[this.#head & mask] === 1) {
      this.#next = this.#offsets[this.#head & mask] + 1;
      this.#head++;
    }
  }

  /** The next offset to read after a restart: everything below it is finished. Undefined until the first event is. */
  get committable(): number | undefined {
    return this.#next === -1 ? undefined : this.#next;
  }

  /** The offsets of delivered events that are unfinished, in order. */
  get unfinished(): number[] {
    const offsets: number[] = [];
    const mask = this.#offsets.length - 1;
    for (let ticket = this.#head; ticket < this.#tail; ticket++)
      if (this.#finished[ticket & mask] === 0) offsets.push(this.#offsets[ticket & mask]);
    return offsets;
  }

  /** From the smallest offset that is unfinished to the newest delivered one, or a greater one that is unfinished; undefined when all are finished. */
  get unfinishedRange(): { readonly from: number; readonly to: number } | undefined {
    const { unfinished, latest } = this;
    if (unfinished.length === 0 || latest === undefined) return undefined;
    return {
      from: unfinished.reduce((least, each) => Math.min(least, each)),
      to: unfinished.reduce((most, each) => Math.max(most, each), latest),
    };
  }

  /** How many delivered events are unfinished. */
  get open(): number {
    return this.#tail - this.finished;
  }

  /** How many events lie between the commit point and the newest delivered one, finished or not. */
  get span(): number {
    return this.#tail - this.#head;
  }

  /** The offset of the oldest unfinished event. */
  get oldest(): number | undefined {
    return this.#head === this.#tail ? undefined : this.#offsets[this.#head & (this.#offsets.length - 1)];
  }

  /** The offset delivered last; undefined before the first. */
  get latest(): number | undefined {
    return this.#tail === 0 ? undefined : this.#offsets[(this.#tail - 1) & (this.#offsets.length - 1)];
  }

  #grow(): void {
    const size = this.#offsets.length;
    const offsets = new Float64Array(size * 2);
    const finished = new Uint8Array(size * 2);
    const times = this.#times && new Float64Array(size * 2);
    for (let ticket = this.#head; ticket < this.#tail; ticket++) {
      offsets[ticket & (size * 2 - 1)] = this.#offsets[ticket & (size - 1)];
      finished[ticket & (size * 2 - 1)] = this.#finished[ticket & (size - 1)];
      if (times !== undefined && this.#times !== undefined) times[ticket & (size * 2 - 1)] = this.#times[ticket & (size - 1)];
    }
    this.#times = times;
    this.#offsets = offsets;
    this.#finished = finished;
  }
}
