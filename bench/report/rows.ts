import type { Contestant } from '../contestants/index.js';
import type { Series } from '../rounds.js';
import type { BacklogSample } from '../scenarios/backlog.js';
import type { LatencySample } from '../scenarios/latency.js';
import type { StartupSample } from '../scenarios/startup.js';
import type { ThroughputSample } from '../scenarios/throughput.js';
import { type EventFigures, eventFigures } from './figures.js';
import type { PipelineRow } from './pipelines.js';
import type { ProcessesRow } from './processes.js';
import type { ShapeRow } from './shapes.js';
import type { CountingRow, RecoveryRow } from './state.js';
import { of, places, ratio, spread } from './statistics.js';

/** One line of results.json. */
export type Row =
  | ThroughputRow
  | AgainstRow
  | LatencyRow
  | ConcurrencyRow
  | BacklogRow
  | StartupRow
  | ShapeRow
  | ProcessesRow
  | CountingRow
  | PipelineRow
  | RecoveryRow;

export interface ThroughputRow extends EventFigures {
  readonly scenario: 'throughput';
  readonly contestant: string;
  readonly title: string;
  readonly warmEventsPerSecond: number;
  readonly cpuMicrosPerEvent: number | null;
  readonly messages: number;
  readonly rounds: number;
}

/** A contestant beside the same one of another checkout: the ratios are those to that. */
export interface AgainstRow extends EventFigures {
  readonly scenario: 'against';
  readonly contestant: string;
  readonly title: string;
  readonly messages: number;
  readonly rounds: number;
}

export interface LatencyRow {
  readonly scenario: 'latency';
  readonly contestant: string;
  readonly title: string;
  /** What was sent, and came through. */
  readonly eventsPerSecond: number;
  /** Of the 99th percentile to that of the loop. Null when the loop did not run. */
  readonly ratio: number | null;
  readonly p50: number;
  readonly p99: number;
  readonly p99Min: number;
  readonly p99Max: number;
  readonly p999: number;
  /** Produce requests of the contestant that the broker saw, a second. Null for a broker whose metrics are not known. */
  readonly produce: number | null;
  readonly fetch: number | null;
  readonly rounds: number;
}

export interface ConcurrencyRow {
  readonly scenario: 'concurrency';
  readonly contestant: string;
  readonly title: string;
  readonly eventsPerSecond: number;
  /** To one event at a time. */
  readonly ratio: number;
  readonly rounds: number;
}

export interface BacklogRow {
  readonly scenario: 'backlog';
  readonly contestant: string;
  readonly title: string;
  readonly eventsPerSecond: null;
  /** Of the memory of the last third of the time to that of the second. */
  readonly ratio: number | null;
  readonly peakRssMb: number | null;
  readonly lateRssMb: number | null;
  readonly seconds: number;
}

export interface StartupRow {
  readonly scenario: 'startup';
  readonly contestant: string;
  readonly title: string;
  readonly eventsPerSecond: null;
  /** To the loop of the same round. Null when it did not run. */
  readonly ratio: number | null;
  readonly seconds: number;
  readonly secondsMin: number;
  readonly secondsMax: number;
  /** Of a processor, until the first result. Missing in rows of before it was measured. */
  readonly cpuSeconds?: number | null;
  readonly rounds: number;
}

export function throughputRow(
  { contestant, samples }: Series<ThroughputSample>,
  loop: readonly ThroughputSample[],
  messages: number,
): ThroughputRow {
  return {
    scenario: 'throughput',
    contestant: contestant.name,
    title: contestant.title,
    ...eventFigures(samples, loop),
    warmEventsPerSecond: Math.round(of(samples, 'warmEventsPerSecond').median),
    cpuMicrosPerEvent: places(of(samples, 'cpuMicrosPerEvent').median, 2),
    messages,
    rounds: samples.length,
  };
}

export function againstRow(
  { contestant: { name, title }, samples }: Series<ThroughputSample>,
  other: Series<ThroughputSample>,
  messages: number,
): AgainstRow {
  return {
    ...{ scenario: 'against', contestant: name, title: `${title}, to ${other.contestant.title}` },
    ...eventFigures(samples, other.samples),
    ...{ messages, rounds: samples.length },
  };
}

export function latencyRow({ contestant, samples }: Series<LatencySample>, loop: readonly LatencySample[], rate: number): LatencyRow {
  const p99 = of(samples, 'p99');
  return {
    scenario: 'latency',
    contestant: contestant.name,
    title: contestant.title,
    eventsPerSecond: rate,
    ratio: places(ratio(samples, loop, 'p99')?.median, 3),
    p50: places(of(samples, 'p50').median, 1) as number,
    p99: places(p99.median, 1) as number,
    p99Min: places(p99.min, 1) as number,
    p99Max: places(p99.max, 1) as number,
    p999: places(of(samples, 'p999').median, 1) as number,
    produce: places(of(samples, 'produce').median, 0),
    fetch: places(of(samples, 'fetch').median, 0),
    rounds: samples.length,
  };
}

export function concurrencyRows(series: readonly Series<number>[]): ConcurrencyRow[] {
  const alone = spread(series[0].samples).median;
  return series.map(({ contestant: { name, title }, samples }) => {
    const { median } = spread(samples);
    return {
      ...{ scenario: 'concurrency', contestant: name, title, eventsPerSecond: Math.round(median) },
      ...{ ratio: places(median / alone, 1) as number, rounds: samples.length },
    };
  });
}

export function backlogRow({ name, title }: Contestant, { peakRssMb, earlyRssMb, lateRssMb }: BacklogSample, seconds: number): BacklogRow {
  return {
    ...{ scenario: 'backlog', contestant: name, title, eventsPerSecond: null, ratio: places(lateRssMb / earlyRssMb, 2) },
    ...{ peakRssMb: places(peakRssMb, 0), lateRssMb: places(lateRssMb, 0), seconds },
  };
}

export function startupRow({ contestant: { name, title }, samples }: Series<StartupSample>, loop: readonly StartupSample[]): StartupRow {
  const { median, min, max } = spread(samples.map(({ seconds }) => seconds));
  const ratios = loop.length === 0 ? undefined : spread(samples.map(({ seconds }, round) => seconds / loop[round].seconds));
  return {
    ...{ scenario: 'startup', contestant: name, title, eventsPerSecond: null, ratio: places(ratios?.median, 2) },
    ...{ seconds: places(median, 2) as number, secondsMin: places(min, 2) as number, secondsMax: places(max, 2) as number },
    cpuSeconds: places(spread(samples.map(({ cpuSeconds }) => cpuSeconds)).median, 2),
    rounds: samples.length,
  };
}
