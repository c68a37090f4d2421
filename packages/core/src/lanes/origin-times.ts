import type { Tracker } from '../positions/index.js';
import { readOrigin } from '../streams/index.js';
import type { Batch } from '../transport/index.js';
import type { LaneTime, Watermark } from '../windows/index.js';

/**
 * How far event time has come in a lane of a repartition topic: to the least of the watermarks of the partitions that its messages come from, as they and the
 * markers between them tell, held at what is not finished. So a partition whose backlog is long makes nobody late.
 */
export class OriginTimes implements LaneTime {
  readonly #tracker: Tracker;
  readonly #watermark: Watermark;
  readonly #times: number[];
  #least = Number.NEGATIVE_INFINITY;

  /** @param partitions of the topic that the messages come from */
  constructor(tracker: Tracker, watermark: Watermark, partitions: number) {
    this.#tracker = tracker;
    this.#watermark = watermark;
    this.#times = Array.from({ length: partitions }, () => Number.NEGATIVE_INFINITY);
  }

  get time(): number {
    return Math.min(this.#least, this.#tracker.held);
  }

  get reached(): number {
    return this.#least;
  }

  /** A message or a marker has come. */
  take(batch: Batch, index: number): void {
    const origin = readOrigin(batch, index);
    // One of another partition is of a topic that has grown: the partitions that were there before are waited for.
    if (origin === undefined || origin.watermark <= (this.#times[origin.partition] ?? Number.NEGATIVE_INFINITY)) return;
    this.#times[origin.partition] = origin.watermark;
    const least = Math.min(...this.#times.filter((each) => each !== undefined));
    if (least <= this.#least) return;
    this.#least = least;
    this.#watermark.finished(least);
  }
}
