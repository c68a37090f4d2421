import type { Contestant } from '../contestants/index.js';
import type { Series } from '../rounds.js';
import type { CountingSample } from '../scenarios/counting.js';
import type { Disk, RecoverySample } from '../scenarios/recovery.js';
import { of, places, ratio } from './statistics.js';

export interface CountingRow {
  readonly scenario: 'counting';
  readonly contestant: string;
  readonly title: string;
  readonly eventsPerSecond: number;
  readonly eventsPerSecondMin: number;
  readonly eventsPerSecondMax: number;
  /** To the loop of the same round, the median of the rounds. Null when the loop did not run. */
  readonly ratio: number | null;
  readonly ratioMin: number | null;
  readonly ratioMax: number | null;
  readonly cpuMicrosPerEvent: number | null;
  readonly cpuRatio: number | null;
  readonly peakRssMb: number | null;
  readonly messages: number;
  readonly keys: number;
  readonly rounds: number;
}

export interface RecoveryRow {
  readonly scenario: 'recovery';
  readonly contestant: string;
  readonly title: string;
  readonly eventsPerSecond: null;
  readonly ratio: null;
  readonly disk: Disk;
  readonly seconds: number;
  readonly secondsMin: number;
  readonly secondsMax: number;
  readonly peakRssMb: number | null;
  readonly keys: number;
  readonly rounds: number;
}

export function countingRow(
  { contestant, samples }: Series<CountingSample>,
  loop: readonly CountingSample[],
  messages: number,
  keys: number,
): CountingRow {
  const events = of(samples, 'eventsPerSecond');
  const ratios = ratio(samples, loop, 'eventsPerSecond');
  return {
    ...{ scenario: 'counting', contestant: contestant.name, title: contestant.title },
    eventsPerSecond: Math.round(events.median),
    eventsPerSecondMin: Math.round(events.min),
    eventsPerSecondMax: Math.round(events.max),
    ratio: places(ratios?.median, 3),
    ratioMin: places(ratios?.min, 3),
    ratioMax: places(ratios?.max, 3),
    cpuRatio: places(ratio(samples, loop, 'cpuMicrosPerEvent')?.median, 3),
    cpuMicrosPerEvent: places(of(samples, 'cpuMicrosPerEvent').median, 2),
    peakRssMb: places(of(samples, 'peakRssMb').median, 0),
    ...{ messages, keys, rounds: samples.length },
  };
}

export function recoveryRow({ name, title }: Contestant, disk: Disk, samples: readonly RecoverySample[], keys: number): RecoveryRow {
  const seconds = of(samples, 'seconds');
  return {
    ...{ scenario: 'recovery', contestant: name, title, eventsPerSecond: null, ratio: null, disk },
    seconds: places(seconds.median, 2) as number,
    secondsMin: places(seconds.min, 2) as number,
    secondsMax: places(seconds.max, 2) as number,
    ...{ peakRssMb: places(of(samples, 'peakRssMb').median, 0), keys, rounds: samples.length },
  };
}
