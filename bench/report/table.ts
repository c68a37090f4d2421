import type { BacklogRow, ConcurrencyRow, LatencyRow, Row, StartupRow, ThroughputRow } from './rows.js';

/** The rows as Markdown, a table for each scenario. */
export function tables(rows: readonly Row[]): string {
  const throughput = rows.filter((row): row is ThroughputRow => row.scenario === 'throughput');
  const latency = rows.filter((row): row is LatencyRow => row.scenario === 'latency');
  const concurrency = rows.filter((row): row is ConcurrencyRow => row.scenario === 'concurrency');
  const backlog = rows.filter((row): row is BacklogRow => row.scenario === 'backlog');
  const startup = rows.filter((row): row is StartupRow => row.scenario === 'startup');
  return [
    ...(throughput.length === 0 ? [] : [heading(throughput), table(throughputHead, throughput.map(throughputCells))]),
    ...(latency.length === 0
      ? []
      : [`### End to end at ${latency[0].eventsPerSecond} a second, milliseconds`, table(latencyHead, latency.map(latencyCells))]),
    ...(concurrency.length === 0
      ? []
      : [
          '### Handlers that wait 10 ms, one partition, 100 keys',
          table(['contestant', 'events/s', 'to one at a time'], concurrency.map(concurrencyCells)),
        ]),
    ...(backlog.length === 0
      ? []
      : [
          `### Memory over ${backlog[0].seconds} s of a backlog of messages of 1 KB`,
          table(['contestant', 'RSS MB, peak', 'RSS MB, at the end', 'last third to second'], backlog.map(backlogCells)),
        ]),
    ...(startup.length === 0
      ? []
      : [
          '### Start of the process to the first result',
          table(['contestant', 'seconds, median [min–max]', 'to the loop'], startup.map(startupCells)),
        ]),
  ].join('\n\n');
}

function heading([{ messages, rounds }]: readonly ThroughputRow[]): string {
  return `### Throughput: ${messages} messages, ${rounds} ${rounds === 1 ? 'round' : 'rounds'}`;
}

const throughputHead = [
  'contestant',
  'events/s, median [min–max]',
  'warm half',
  'ratio to the loop',
  'µs CPU an event',
  'CPU to the loop',
  'RSS MB',
];

function throughputCells(row: ThroughputRow): string[] {
  return [
    row.title,
    `${thousands(row.eventsPerSecond)} [${thousands(row.eventsPerSecondMin)}–${thousands(row.eventsPerSecondMax)}]`,
    thousands(row.warmEventsPerSecond),
    row.ratio === null ? '–' : `${row.ratio.toFixed(2)} [${row.ratioMin?.toFixed(2)}–${row.ratioMax?.toFixed(2)}]`,
    row.cpuMicrosPerEvent?.toFixed(1) ?? '–',
    row.cpuRatio?.toFixed(2) ?? '–',
    row.peakRssMb?.toFixed(0) ?? '–',
  ];
}

const latencyHead = ['contestant', 'p50', 'p99, median [min–max]', 'p99.9', 'p99 to the loop'];

function latencyCells(row: LatencyRow): string[] {
  return [
    row.title,
    row.p50.toFixed(1),
    `${row.p99.toFixed(1)} [${row.p99Min.toFixed(1)}–${row.p99Max.toFixed(1)}]`,
    row.p999.toFixed(1),
    row.ratio?.toFixed(2) ?? '–',
  ];
}

function concurrencyCells({ title, eventsPerSecond, ratio }: ConcurrencyRow): string[] {
  return [title, String(eventsPerSecond), ratio.toFixed(1)];
}

function backlogCells({ title, peakRssMb, lateRssMb, ratio }: BacklogRow): string[] {
  return [title, peakRssMb?.toFixed(0) ?? '–', lateRssMb?.toFixed(0) ?? '–', ratio?.toFixed(2) ?? '–'];
}

function startupCells({ title, seconds, secondsMin, secondsMax, ratio }: StartupRow): string[] {
  return [title, `${seconds.toFixed(2)} [${secondsMin.toFixed(2)}–${secondsMax.toFixed(2)}]`, ratio?.toFixed(2) ?? '–'];
}

function thousands(count: number): string {
  return `${(count / 1_000).toFixed(count < 100_000 ? 1 : 0)} k`;
}

/** A Markdown table with columns of equal width, so that it reads well in a terminal too. */
export function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...body.map((cells) => cells[column].length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...body.map(line)].join('\n');
}
