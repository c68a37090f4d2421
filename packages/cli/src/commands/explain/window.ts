import { type ExplainedWindow, explainWindow, type WindowExplanation } from '@weir/core/internal/app';
import { decodeBytes } from '@weir/core/internal/codecs';
import { isWindowedTable, keyCodecOf, keySchemaOf } from '@weir/core/internal/definitions';
import { dateOf, formatMs } from '@weir/core/internal/time';
import { groupOf } from '@weir/core/internal/topology';
import type { GlobalArguments } from '../../arguments/global-options.js';
import { UsageError } from '../../arguments/usage.js';
import { keyBytesOf } from '../../arguments/values.js';
import type { Runner, Surroundings } from '../../command.js';
import { done } from '../../failure.js';
import { tableNamed } from '../tables/named.js';
import { withTables } from '../tables/open-tables.js';

interface WindowArguments extends GlobalArguments {
  readonly table: string;
  readonly key: string;
  readonly time: string;
}

/** `weir explain window`: the windows of a key at a time, as they are committed. */
export const window: Runner = {
  run: (given: WindowArguments, around: Surroundings): Promise<number> =>
    withTables(given, around, async (stored, tables, { joins, options, transport }) => {
      const { out } = around.shell;
      const use = tableNamed(given.table, tables, joins);
      const { definition } = use;
      if (!isWindowedTable(definition)) throw new UsageError(`${given.table} has no windows: ask for its value with \`weir tables get\``);
      const schema = keySchemaOf(definition);
      const key = decodeBytes(keyCodecOf(schema), keyBytesOf(schema, given.key));
      const parts = { stored, transport, group: groupOf(options) };
      const explanation = await explainWindow(parts, { ...use, definition }, key, timeOf(given.time));
      if (given.json) out.write(`${JSON.stringify({ table: given.table, key: given.key, ...explanation })}\n`);
      else out.write(told(explanation));
      return done;
    }),
};

/** @throws UsageError */
function timeOf(text: string): number {
  const time = /^-?\d+$/.test(text) ? Number(text) : dateOf(text);
  if (time === undefined) throw new UsageError(`${text} is no time: give a date such as 2026-01-01T12:00:30Z, or milliseconds since 1970`);
  return time;
}

function told({ partition, watermark, topics, windows }: WindowExplanation): string {
  const [first] = topics;
  const lines = [
    `partition ${partition}, watermark ${watermark === undefined ? 'none yet' : date(watermark)}`,
    ...topics.map(({ topic, time }) => `  ${topic} has come to ${time === undefined ? 'nothing yet' : date(time)}`),
    ...(topics.length > 1 ? [`  ${first.topic} holds the watermark, unless it is idle`] : []),
    ...(windows.length === 0 ? ['no window of the key holds that time'] : windows.map((each) => toldOf(each, watermark))),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function toldOf({ start, end, closesAt, state, value }: ExplainedWindow, watermark: number | undefined): string {
  const left = watermark === undefined ? '' : `, in ${formatMs(closesAt - watermark)} of event time`;
  const states = {
    open: `takes events, closes at ${date(closesAt)}${left}`,
    empty: `has nothing, and takes events until ${date(closesAt)}${left}`,
    closing: 'is being closed: its handler has not come to its end',
    kept: 'is closed, and kept to be read',
    gone: 'is closed, and kept no more, or never had anything',
  };
  return `[${date(start)}, ${date(end)}) ${states[state]}${value === undefined ? '' : `: ${JSON.stringify(value)}`}`;
}

function date(time: number): string {
  return new Date(time).toISOString();
}
