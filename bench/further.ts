import { type Contestant, overwhelmed, waiting } from './contestants/index.js';
import { writeBulk, writeFewCustomers, writeOrders } from './kafka/orders.js';
import type { TopicKeeper } from './kafka/topics.js';
import { backlogRow, concurrencyRows, type Row, startupRow } from './report/rows.js';
import { inRounds } from './rounds.js';
import { backlog } from './scenarios/backlog.js';
import { concurrency } from './scenarios/concurrency.js';
import { startup } from './scenarios/startup.js';

/** Where the scenarios run. */
export interface Place {
  readonly brokers: string;
  readonly topics: TopicKeeper;
  /** Tells runs against one broker apart. */
  readonly id: string;
}

export type Say = (line: string) => void;

const furtherRounds = 3;

/** Events of handlers that wait. One at a time takes ten milliseconds for each: fewer will do. */
const waitingMessages = (contestant: Contestant) => (contestant === waiting[0] ? 300 : 20_000);

export async function runConcurrency({ brokers, topics, id }: Place, say: Say): Promise<Row[]> {
  const inputs = new Map<Contestant, string>();
  for (const contestant of waiting) {
    const input = `waiting-${contestant.name}-${id}`;
    inputs.set(contestant, input);
    await topics.create(input, 1);
    await writeFewCustomers(brokers, input, waitingMessages(contestant));
  }
  const series = await inRounds(waiting, furtherRounds, async (contestant, round) => {
    const messages = waitingMessages(contestant);
    const input = inputs.get(contestant) as string;
    const perSecond = await concurrency(contestant, { brokers, topics, input, messages, run: `${id}-${round}` });
    say(`round ${round + 1} of ${furtherRounds}  ${contestant.title.padEnd(34)} ${perSecond.toFixed(0)}/s`);
    return perSecond;
  });
  for (const input of inputs.values()) await topics.delete(input);
  return concurrencyRows(series);
}

const backlogMessages = 1_000_000;
const backlogBytes = 1_024;
const backlogSeconds = 45;

export async function runBacklog({ brokers, topics, id }: Place, say: Say): Promise<Row[]> {
  const input = `backlog-${id}`;
  await topics.create(input);
  say(`writing ${backlogMessages} messages of ${backlogBytes} bytes`);
  await writeBulk(brokers, input, backlogMessages, backlogBytes);
  const sample = await backlog(overwhelmed, { brokers, input, seconds: backlogSeconds, run: id });
  say(`${overwhelmed.title.padEnd(34)} ${sample.peakRssMb.toFixed(0)} MB at most, ${sample.lateRssMb.toFixed(0)} MB at the end`);
  await topics.delete(input);
  return [backlogRow(overwhelmed, sample, backlogSeconds)];
}

const startupMessages = 1_000;

export async function runStartup(
  contestants: readonly Contestant[],
  loop: Contestant,
  { brokers, topics, id }: Place,
  say: Say,
): Promise<Row[]> {
  if (contestants.length === 0) return [];
  const input = `waiting-${id}`;
  await topics.create(input);
  await writeOrders(brokers, [input], startupMessages);
  const series = await inRounds(contestants, furtherRounds, async (contestant, round) => {
    const sample = await startup(contestant, { brokers, topics, input, run: `${id}-${round}` });
    const told = `${sample.seconds.toFixed(2)} s to the first result, ${sample.cpuSeconds.toFixed(2)} s of a processor`;
    say(`round ${round + 1} of ${furtherRounds}  ${contestant.title.padEnd(34)} ${told}`);
    return sample;
  });
  await topics.delete(input);
  const ofLoop = series.find(({ contestant }) => contestant === loop)?.samples ?? [];
  return series.map((each) => startupRow(each, ofLoop));
}
