import type { Ended } from './fleet.js';
import type { Verdict } from './judge.js';
import type { ChaosOptions } from './options.js';
import type { Recovery } from './watch.js';

/** Everything that is known after a run. */
export interface Report {
  readonly options: ChaosOptions;
  readonly seconds: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly started: number;
  readonly verdict: Verdict | undefined;
  readonly recoveries: readonly Recovery[];
  readonly endedByItself: readonly Ended[];
  /** Promises that were broken; empty is good. */
  readonly broken: readonly string[];
}

/** How to have the same schedule again. */
export function again({ minutes, seed, nodes, protocol, guarantee, members, workers, store, copies }: ChaosOptions): string {
  return `npm run test:chaos -- ${minutes} --seed ${seed} --nodes ${nodes} --protocol ${protocol} --guarantee ${guarantee} --members ${members} --workers ${workers} --store ${store} --copies ${copies ? 'yes' : 'no'}`;
}

export function asJson(report: Report): string {
  const { verdict, recoveries, ...rest } = report;
  const counts =
    verdict && Object.fromEntries(Object.entries(verdict).map(([name, value]) => [name, Array.isArray(value) ? value.length : value]));
  return JSON.stringify({ ...rest, verdict: counts, recoveries: summarize(recoveries) }, undefined, 2);
}

export function asText(report: Report): string {
  const { verdict, options, broken, seconds, started, faults } = report;
  const done = Object.entries(faults).map(([name, count]) => `${name} ×${count}`);
  const lines = [
    `${options.guarantee}, ${options.protocol}, ${options.members} members, ${options.nodes} broker(s), at most ${options.workers} workers, seed ${options.seed}, ${seconds} s`,
    `done: ${done.join(', ') || 'nothing'}; worker processes started: ${started}`,
    ...(verdict === undefined ? [] : [describe(verdict)]),
    ...table(summarize(report.recoveries)),
    ...endings(report.endedByItself),
    ...(broken.length === 0 ? ['every promise was kept'] : ['BROKEN', ...broken.map((each) => `  ${each}`), `again: ${again(options)}`]),
  ];
  return lines.join('\n');
}

function describe(verdict: Verdict): string {
  const { orders, invoices, deadLetters, lost, repeated, outOfOrder, half, inTables, outdated } = verdict;
  return `orders ${orders}, invoices ${invoices}, dead letters ${deadLetters}, lost ${lost.length}, repeated ${repeated.length}, out of order ${outOfOrder.length}, sent by failed tries ${half.length}, wrong in tables ${inTables.length}, by outdated tables ${outdated.length}`;
}

interface Summary {
  readonly fault: string;
  readonly times: number;
  readonly medianMs: number;
  readonly longestMs: number;
}

/** How long it took after each kind of fault until every partition flowed. */
function summarize(recoveries: readonly Recovery[]): Summary[] {
  const kinds = [...new Set(recoveries.map(({ fault }) => fault))];
  return kinds.flatMap((fault) => {
    const took = recoveries.flatMap((each) => (each.fault === fault && each.ms !== undefined ? [each.ms] : [])).sort((a, b) => a - b);
    if (took.length === 0) return [];
    return [{ fault, times: took.length, medianMs: took[Math.floor(took.length / 2)], longestMs: took[took.length - 1] }];
  });
}

function table(summaries: readonly Summary[]): string[] {
  if (summaries.length === 0) return [];
  const row = (fault: string, times: string, median: string, longest: string) =>
    `  ${fault.padEnd(26)}${times.padStart(6)}${median.padStart(10)}${longest.padStart(10)}`;
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
  return [
    'until every partition gives events that were sent after the fault (further faults included):',
    row('fault', 'times', 'median', 'longest'),
    ...summaries.map(({ fault, times, medianMs, longestMs }) => row(fault, String(times), seconds(medianMs), seconds(longestMs))),
  ];
}

function endings(ended: readonly Ended[]): string[] {
  return ended.map(({ worker, code, signal, last }) => `worker ${worker} ended by itself with ${signal ?? code}:\n${indent(last)}`);
}

function indent(text: string): string {
  return text.replace(/^/gm, '    ').slice(0, 2_000);
}
