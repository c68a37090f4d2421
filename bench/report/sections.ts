import {
  againstColumns,
  backlogColumns,
  type Column,
  concurrencyColumns,
  countingColumns,
  latencyColumns,
  pipelineColumns,
  processesColumns,
  recoveryColumns,
  shapeColumns,
  startupColumns,
  throughputColumns,
} from './cells.js';
import type { Row } from './rows.js';
import { table } from './table.js';

type Scenario = Row['scenario'];
type RowOf<S extends Scenario> = Extract<Row, { readonly scenario: S }>;

interface Section<S extends Scenario> {
  /** Of rows that stand in one table. */
  readonly heading: (row: RowOf<S>) => string;
  readonly columns: readonly Column<RowOf<S>>[];
}

/** In the order of the report. */
const sections: { readonly [S in Scenario]: Section<S> } = {
  throughput: {
    heading: ({ messages, rounds }) => `Throughput: ${messages} messages, ${times(rounds)}`,
    columns: throughputColumns,
  },
  against: {
    heading: ({ messages, rounds }) => `Beside another checkout: ${messages} messages, ${times(rounds)}`,
    columns: againstColumns,
  },
  shapes: {
    heading: ({ rounds }) => `Messages and topics of other shapes, ${times(rounds)}`,
    columns: shapeColumns,
  },
  processes: {
    heading: ({ messages, rounds, cores }) =>
      `Processes of one group on ${cores} cores: ${messages} messages, 4 partitions, ${times(rounds)}`,
    columns: processesColumns,
  },
  latency: { heading: ({ eventsPerSecond }) => `End to end at ${eventsPerSecond} a second, milliseconds`, columns: latencyColumns },
  concurrency: { heading: () => 'Handlers that wait 10 ms, one partition, 100 keys', columns: concurrencyColumns },
  backlog: { heading: ({ seconds }) => `Memory over ${seconds} s of a backlog of messages of 1 KB`, columns: backlogColumns },
  counting: {
    heading: ({ messages, keys, rounds }) =>
      `Counting in a table: ${messages} events of ${keys} keys, a changelog, a checkpoint each second, ${times(rounds)}`,
    columns: countingColumns,
  },
  words: { heading: ({ events, unit, rounds }) => `Word count: ${events} ${unit}, ${times(rounds)}`, columns: pipelineColumns },
  windows: { heading: ({ events, unit, rounds }) => `Windows that close: ${events} ${unit}, ${times(rounds)}`, columns: pipelineColumns },
  joins: { heading: ({ events, unit, rounds }) => `Join of two streams: ${events} ${unit}, ${times(rounds)}`, columns: pipelineColumns },
  recovery: {
    heading: ({ keys, rounds }) => `Start of the process to the first result, with a table of ${keys} keys, ${times(rounds)}`,
    columns: recoveryColumns,
  },
  startup: { heading: () => 'Start of the process to the first result', columns: startupColumns },
};

/**
 * The rows as Markdown: a table for each scenario, and for what else they differ in.
 * @param runOf which run a row is of; those of several runs do not share a table
 */
export function tables<R extends Row>(rows: readonly R[], runOf: (row: R) => string = () => ''): string {
  return (Object.keys(sections) as Scenario[])
    .flatMap((scenario) => section(scenario, rows as readonly Row[], runOf as (row: Row) => string))
    .join('\n\n');
}

function section<S extends Scenario>(scenario: S, rows: readonly Row[], runOf: (row: Row) => string): string[] {
  const { heading, columns } = sections[scenario];
  const parts = new Map<string, RowOf<S>[]>();
  for (const row of rows.filter((each): each is RowOf<S> => each.scenario === scenario)) {
    const run = runOf(row);
    const head = `### ${heading(row)}${run === '' ? '' : `\n\n${run}`}`;
    parts.set(head, [...(parts.get(head) ?? []), row]);
  }
  return [...parts].flatMap(([head, of]) => [
    head,
    table(
      columns.map(([title]) => title),
      of.map((row) => columns.map(([, cell]) => cell(row))),
    ),
  ]);
}

function times(rounds: number): string {
  return `${rounds} ${rounds === 1 ? 'round' : 'rounds'}`;
}
