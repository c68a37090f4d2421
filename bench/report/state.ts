import type { Contestant } from '../contestants/index.js';
import type { Series } from '../rounds.js';
import type { CountingSample } from '../scenarios/counting.js';
import type { Disk, RecoverySample } from '../scenarios/recovery.js';
import { type EventFigures, eventFigures } from './figures.js';
import { of, places } from './statistics.js';

export interface CountingRow extends EventFigures {
  readonly scenario: 'counting';
  readonly contestant: string;
  readonly title: string;
  readonly cpuMicrosPerEvent: number | null;
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
  return {
    ...{ scenario: 'counting', contestant: contestant.name, title: contestant.title },
    ...eventFigures(samples, loop),
    cpuMicrosPerEvent: places(of(samples, 'cpuMicrosPerEvent').median, 2),
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
