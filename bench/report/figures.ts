import { of, places, ratio } from './statistics.js';

/** What every contestant is measured by that is given all events at once. */
interface EventSample {
  readonly eventsPerSecond: number;
  readonly cpuMicrosPerEvent: number;
  readonly peakRssMb: number;
}

export interface EventFigures {
  readonly eventsPerSecond: number;
  readonly eventsPerSecondMin: number;
  readonly eventsPerSecondMax: number;
  /** To the loop of the same round, the median of the rounds. Null when the loop did not run. */
  readonly ratio: number | null;
  readonly ratioMin: number | null;
  readonly ratioMax: number | null;
  /** Of the processor time, to that of the loop in the same round: where the machine is busy, it wavers less than `ratio`. */
  readonly cpuRatio: number | null;
  readonly peakRssMb: number | null;
}

/** The figures of one contestant. @param loop those of the loop that it is compared with, round by round */
export function eventFigures(samples: readonly EventSample[], loop: readonly EventSample[]): EventFigures {
  const events = of(samples, 'eventsPerSecond');
  const ratios = ratio(samples, loop, 'eventsPerSecond');
  return {
    eventsPerSecond: Math.round(events.median),
    eventsPerSecondMin: Math.round(events.min),
    eventsPerSecondMax: Math.round(events.max),
    ratio: places(ratios?.median, 3),
    ratioMin: places(ratios?.min, 3),
    ratioMax: places(ratios?.max, 3),
    cpuRatio: places(ratio(samples, loop, 'cpuMicrosPerEvent')?.median, 3),
    peakRssMb: places(of(samples, 'peakRssMb').median, 0),
  };
}
