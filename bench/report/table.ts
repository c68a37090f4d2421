import type { LatencyRow, Row, ThroughputRow } from './rows.js';

/** The rows as Markdown, a table for each scenario. */
export function tables(rows: readonly Row[]): string {
  const throughput = rows.filter((row): row is ThroughputRow => row.scenario === 'throughput');
  const latency = rows.filter((row): row is LatencyRow => row.scenario === 'latency');
  return [
    ...(throughput.length === 0 ? [] : [heading(throughput), table(throughputHead, throughput.map(throughputCells))]),
    ...(latency.length === 0
      ? []
      : [`### End to end at ${latency[0].eventsPerSecond} a second, milliseconds`, table(latencyHead, latency.map(latencyCells))]),
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

function thousands(count: number): string {
  return `${(count / 1_000).toFixed(count < 100_000 ? 1 : 0)} k`;
}

/** A Markdown table with columns of equal width, so that it reads well in a terminal too. */
export function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...body.map((cells) => cells[column].length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...body.map(line)].join('\n');
}
