import type { TopicPartition } from '../positions/index.js';
import type { Crash } from './crash-journal.js';

/** From first to last offset. */
export interface OffsetRange {
  readonly from: number;
  readonly to: number;
}

/** How often the process ended with an event in flight, for the events of one agent on one partition. */
export class CrashCounts {
  readonly #crashes: readonly { readonly isKnown: boolean; readonly ranges: readonly OffsetRange[] }[];

  /** @param crashes oldest first */
  constructor(crashes: readonly Crash[], agent: string, { topic, partition }: TopicPartition) {
    this.#crashes = crashes.map(({ isKnown, inFlight }) => ({
      isKnown,
      ranges: inFlight.filter((each) => each.agent === agent && each.topic === topic && each.partition === partition),
    }));
  }

  /** A crash without notes is put down to what was in flight at the very next one. */
  of(offset: number): number {
    let count = 0;
    let wasUnknown = false;
    for (const { isKnown, ranges } of this.#crashes) {
      if (ranges.some(({ from, to }) => from <= offset && offset <= to)) count += count === 0 && wasUnknown ? 2 : 1;
      wasUnknown = !isKnown;
    }
    return count;
  }

  /** Events that count twice or more. */
  get isolated(): readonly OffsetRange[] {
    const ends = this.#crashes.flatMap(({ ranges }) => ranges.flatMap(({ from, to }) => [from, to + 1]));
    const points = [...new Set(ends)].sort((a, b) => a - b);
    return points.slice(0, -1).flatMap((from, index) => (this.of(from) >= 2 ? [{ from, to: points[index + 1] - 1 }] : []));
  }
}
