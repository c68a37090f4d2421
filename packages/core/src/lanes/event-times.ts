import { DecodeError, EventTimeError } from '../errors/index.js';
import type { Tracker } from '../positions/index.js';
import type { BatchEvent, TimesOfEvents } from '../streams/index.js';
import type { Clock } from '../time/index.js';
import type { Batch } from '../transport/index.js';
import type { Watermark } from '../windows/index.js';

export interface EventTimesParts {
  /** Takes the event time from a value; missing where it is the timestamp of the message. */
  readonly eventTime: ((value: unknown) => unknown) | undefined;
  readonly clock: Pick<Clock, 'now'>;
  /** How much later than the clock an event may be, in milliseconds. */
  readonly aheadMs: number;
  readonly tracker: Tracker;
  /** Missing where nothing waits for it. */
  readonly watermark: Watermark | undefined;
}

/** The event times of a lane's events: told to its tracker as soon as they are known. */
export class EventTimes implements TimesOfEvents {
  readonly #parts: EventTimesParts;
  /** Up to which time nothing is too late, as it was when that was asked last. */
  #latest = Number.NEGATIVE_INFINITY;

  constructor(parts: EventTimesParts) {
    this.#parts = parts;
  }

  /** Notes that an event is given out. Where its time stands in its value, that is known when it is decoded. @returns its ticket */
  deliver(batch: Batch, index: number): number {
    const { tracker, watermark, eventTime } = this.#parts;
    const told = eventTime === undefined ? batch.timestamp(index) : Number.NaN;
    const time = this.#isSound(told) ? told : Number.NaN;
    watermark?.delivers(tracker, time);
    const ticket = tracker.deliver(batch.offset(index));
    tracker.happened(ticket, time);
    return ticket;
  }

  of(event: BatchEvent): number {
    const time = this.#timeOf(event);
    if (!this.#isSound(time)) throw new EventTimeError(time, this.#parts.clock.now(), this.#parts.aheadMs);
    this.#parts.tracker.happened(event.ticket, time);
    return time;
  }

  #timeOf({ value, timestamp }: BatchEvent): number {
    const { eventTime } = this.#parts;
    if (eventTime === undefined || value === null || value === undefined) return timestamp;
    const time = eventTime(value);
    if (typeof time === 'number') return Math.floor(time);
    if (time instanceof Date) return time.getTime();
    if (typeof time === 'bigint') return Number(time);
    throw new DecodeError('event time', [
      { path: '', expected: 'a number of milliseconds since 1970, or a Date', received: time === undefined ? 'nothing' : typeof time },
    ]);
  }

  #isSound(time: number): boolean {
    if (time <= this.#latest) return time >= 0 || this.#parts.eventTime !== undefined;
    if (Number.isNaN(time)) return false;
    this.#latest = this.#parts.clock.now() + this.#parts.aheadMs;
    return time <= this.#latest && (time >= 0 || this.#parts.eventTime !== undefined);
  }
}
