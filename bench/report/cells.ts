import type { PipelineRow } from './pipelines.js';
import type { ProcessesRow } from './processes.js';
import type { AgainstRow, BacklogRow, ConcurrencyRow, LatencyRow, StartupRow, ThroughputRow } from './rows.js';
import type { ShapeRow } from './shapes.js';
import type { CountingRow, RecoveryRow } from './state.js';

/** A column of a table: its title, and what stands in it for a row. */
export type Column<R> = readonly [title: string, cell: (row: R) => string];

interface Events {
  readonly eventsPerSecond: number;
  readonly eventsPerSecondMin: number;
  readonly eventsPerSecondMax: number;
}

interface Ratios {
  readonly ratio: number | null;
  readonly ratioMin: number | null;
  readonly ratioMax: number | null;
}

const contestant: Column<{ readonly title: string }> = ['contestant', ({ title }) => title];
const events: Column<Events> = [
  'events/s, median [min–max]',
  ({ eventsPerSecond, eventsPerSecondMin, eventsPerSecondMax }) =>
    `${thousands(eventsPerSecond)} [${thousands(eventsPerSecondMin)}–${thousands(eventsPerSecondMax)}]`,
];
const warm: Column<{ readonly warmEventsPerSecond: number }> = ['warm half', ({ warmEventsPerSecond }) => thousands(warmEventsPerSecond)];
const to = (whom: string): Column<Ratios> => [
  `ratio to ${whom}`,
  ({ ratio, ratioMin, ratioMax }) => (ratio === null ? '–' : `${ratio.toFixed(2)} [${ratioMin?.toFixed(2)}–${ratioMax?.toFixed(2)}]`),
];
const toLoop = to('the loop');
const cpu: Column<{ readonly cpuMicrosPerEvent: number | null }> = ['µs CPU an event', (row) => fixed(row.cpuMicrosPerEvent, 1)];
const cpuToLoop: Column<{ readonly cpuRatio: number | null }> = ['CPU to the loop', ({ cpuRatio }) => fixed(cpuRatio, 2)];
const rss: Column<{ readonly peakRssMb: number | null }> = ['RSS MB', ({ peakRssMb }) => fixed(peakRssMb, 0)];

export const throughputColumns: readonly Column<ThroughputRow>[] = [contestant, events, warm, toLoop, cpu, cpuToLoop, rss];

export const againstColumns: readonly Column<AgainstRow>[] = [
  contestant,
  events,
  to('the other'),
  ['CPU to the other', ({ cpuRatio }) => fixed(cpuRatio, 2)],
];

export const countingColumns: readonly Column<CountingRow>[] = [contestant, events, toLoop, cpu, cpuToLoop, rss];

export const pipelineColumns: readonly Column<PipelineRow>[] = [contestant, events, to('Kafka Streams'), cpu, rss];

export const shapeColumns: readonly Column<ShapeRow>[] = [
  ['input', ({ shapeTitle }) => shapeTitle],
  contestant,
  events,
  ['MB/s', ({ megabytesPerSecond }) => megabytesPerSecond.toFixed(1)],
  toLoop,
  cpuToLoop,
  ['to its usual', ({ usualRatio }) => fixed(usualRatio, 2)],
  rss,
];

export const processesColumns: readonly Column<ProcessesRow>[] = [
  contestant,
  ['processes', ({ processes }) => String(processes)],
  events,
  warm,
  ['ratio to one', ({ ratio }) => fixed(ratio, 2)],
  ['warm, to one', ({ warmRatio }) => fixed(warmRatio, 2)],
  cpu,
  rss,
];

export const latencyColumns: readonly Column<LatencyRow>[] = [
  contestant,
  ['p50', ({ p50 }) => p50.toFixed(1)],
  ['p99, median [min–max]', ({ p99, p99Min, p99Max }) => `${p99.toFixed(1)} [${p99Min.toFixed(1)}–${p99Max.toFixed(1)}]`],
  ['p99.9', ({ p999 }) => p999.toFixed(1)],
  ['p99 to the loop', ({ ratio }) => fixed(ratio, 2)],
  ['produce requests/s', ({ produce }) => fixed(produce, 0)],
  ['fetch requests/s', ({ fetch }) => fixed(fetch, 0)],
];

export const concurrencyColumns: readonly Column<ConcurrencyRow>[] = [
  contestant,
  ['events/s', ({ eventsPerSecond }) => String(eventsPerSecond)],
  ['to one at a time', ({ ratio }) => ratio.toFixed(1)],
];

export const backlogColumns: readonly Column<BacklogRow>[] = [
  contestant,
  ['RSS MB, peak', ({ peakRssMb }) => fixed(peakRssMb, 0)],
  ['RSS MB, at the end', ({ lateRssMb }) => fixed(lateRssMb, 0)],
  ['last third to second', ({ ratio }) => fixed(ratio, 2)],
];

const seconds: Column<{ readonly seconds: number; readonly secondsMin: number; readonly secondsMax: number }> = [
  'seconds, median [min–max]',
  ({ seconds, secondsMin, secondsMax }) => `${seconds.toFixed(2)} [${secondsMin.toFixed(2)}–${secondsMax.toFixed(2)}]`,
];

export const recoveryColumns: readonly Column<RecoveryRow>[] = [contestant, ['disk', ({ disk }) => disk], seconds, rss];

export const startupColumns: readonly Column<StartupRow>[] = [
  contestant,
  seconds,
  ['processor, s', ({ cpuSeconds }) => fixed(cpuSeconds ?? null, 2)],
  ['to the loop', ({ ratio }) => fixed(ratio, 2)],
];

function thousands(count: number): string {
  return count < 1_000 ? String(count) : `${(count / 1_000).toFixed(count < 100_000 ? 1 : 0)} k`;
}

function fixed(value: number | null, digits: number): string {
  return value?.toFixed(digits) ?? '–';
}
