import { availableParallelism } from 'node:os';
import type { Contestant } from '../contestants/index.js';
import type { Series } from '../rounds.js';
import type { ProcessesSample } from '../scenarios/processes.js';
import { of, places, ratio } from './statistics.js';

export interface ProcessesRow {
  readonly scenario: 'processes';
  readonly contestant: string;
  readonly title: string;
  readonly processes: number;
  /** Of the machine, which the broker has a share of. */
  readonly cores: number;
  readonly eventsPerSecond: number;
  readonly eventsPerSecondMin: number;
  readonly eventsPerSecondMax: number;
  readonly warmEventsPerSecond: number;
  /** To one process in the same round, the median of the rounds. */
  readonly ratio: number | null;
  readonly warmRatio: number | null;
  readonly cpuMicrosPerEvent: number | null;
  readonly peakRssMb: number | null;
  readonly messages: number;
  readonly rounds: number;
}

/** @param series by the number of processes, the first of which is one */
export function processesRows(
  { name, title }: Contestant,
  series: readonly Series<ProcessesSample, number>[],
  messages: number,
): ProcessesRow[] {
  const alone = series[0].samples;
  return series.map(({ contestant: processes, samples }) => {
    const events = of(samples, 'eventsPerSecond');
    return {
      scenario: 'processes',
      contestant: name,
      title,
      processes,
      cores: availableParallelism(),
      eventsPerSecond: Math.round(events.median),
      eventsPerSecondMin: Math.round(events.min),
      eventsPerSecondMax: Math.round(events.max),
      warmEventsPerSecond: Math.round(of(samples, 'warmEventsPerSecond').median),
      ratio: places(ratio(samples, alone, 'eventsPerSecond')?.median, 3),
      warmRatio: places(ratio(samples, alone, 'warmEventsPerSecond')?.median, 3),
      cpuMicrosPerEvent: places(of(samples, 'cpuMicrosPerEvent').median, 2),
      peakRssMb: places(of(samples, 'peakRssMb').median, 0),
      messages,
      rounds: samples.length,
    };
  });
}
