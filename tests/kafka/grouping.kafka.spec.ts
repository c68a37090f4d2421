import { afterEach, describe, expect, it } from '@jest/globals';
import { App, type Event, type Guarantee, Handler, Inject, type Table, table, topic, Worker } from '@weir/core';
import { SystemClock } from '@weir/core/internal/time';
import { open } from '@weir/kafka';
import { pino } from 'pino';
import { brokers, committed, createTopic, PlainReader, readAll, readUntil, unique, write } from './plain.js';

const broker = `kafka://${brokers}`;
const logger = pino({ level: 'silent' });
const PARTITIONS = 4;
const verse = 'row row row your boat gently down the stream';
const times = (count: number) => Array.from({ length: count }, (_, index) => ({ key: `line-${index}`, value: verse }));

const workers: Worker[] = [];
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  await PlainReader.closeAll();
});

const wordCounts = table('counts', { key: 'string', value: 'long', default: 0 });

/** An app that counts words, with topics of its own. */
function wordCount(guarantee: Guarantee) {
  const id = unique('word-count');
  const lines = topic(`${id}-lines`, { value: 'string' });
  const words = topic(`${id}-words`, { value: 'string', partitions: PARTITIONS });
  const byWord = words.groupBy((word) => word, { name: 'by-word' });

  @App({ id, broker, guarantee, kafka: { 'session.timeout.ms': 6_000, 'heartbeat.interval.ms': 300 } })
  class WordCount {
    constructor(@Inject(wordCounts) readonly counts: Table<string, number>) {}

    @Handler(lines, { sinks: [words] })
    *split(line: string): Generator<string> {
      yield* line.split(' ');
    }

    @Handler(byWord)
    count(word: string, { key }: Event<string>): void {
      if (key === word) this.counts.update(word, (n) => n + 1);
    }
  }
  return { id, appClass: WordCount, lines: lines.name, repartition: `${id}-by-word-repartition`, changelog: `${id}-counts-changelog` };
}

describe.each(['at-least-once', 'exactly-once'] as const)('a word count on Apache Kafka, %s', (guarantee) => {
  it('counts each word once, in a topic by words, over a restart and with a second worker', async () => {
    const { id, appClass, lines, repartition, changelog } = wordCount(guarantee);
    await createTopic(lines, PARTITIONS);
    const first = await Worker.start(appClass, { logger });
    workers.push(first);
    await write(lines, times(50));
    await readUntil(repartition, (messages) => messages.length >= 450);
    await first.stop();
    workers.push(await Worker.start(appClass, { logger }), await Worker.start(appClass, { logger }));
    await write(lines, times(50));
    const isCounted = (messages: readonly { readonly value: Buffer | null; readonly key: Buffer | null }[]) =>
      last(messages).get('row') === 300;
    const counted = last(await readUntil(changelog, isCounted));
    await Promise.all(workers.splice(0).map((worker) => worker.stop()));
    expect(Object.fromEntries(last(await readAll(changelog)))).toEqual({
      ...{ row: 300, your: 100, boat: 100, gently: 100, down: 100, the: 100, stream: 100 },
    });
    expect(counted.get('row')).toBe(300);
    const moved = await readAll(repartition);
    const places = new Map(moved.map(({ key, partition }) => [String(key), partition]));
    expect(moved.filter(({ key, partition }) => places.get(String(key)) !== partition)).toEqual([]);
    expect(new Set(places.values()).size).toBeGreaterThan(1);
    expect(await total(id, repartition)).toBeGreaterThanOrEqual(900);
  });
});

it('deletes from a topic what lies before an offset', async () => {
  const name = unique('deleted');
  await createTopic(name, 2);
  await write(
    name,
    [0, 1, 2].flatMap((value) => [0, 1].map((partition) => ({ partition, value: `${value}` }))),
  );
  const transport = await open({ broker, clientId: 'purge', clock: new SystemClock(), logger, properties: {} });
  try {
    const admin = await transport.admin();
    await admin.deleteRecords?.([{ topic: name, partition: 1, offset: 2 }]);
    const reader = await transport.reader();
    expect(await reader.ends([0, 1].map((partition) => ({ topic: name, partition })))).toEqual([
      { low: 0, stable: 3, high: 3 },
      { low: 2, stable: 3, high: 3 },
    ]);
    await expect(admin.deleteRecords?.([{ topic: unique('missing'), partition: 0, offset: 2 }])).rejects.toThrow('cannot delete messages');
  } finally {
    await transport.close();
  }
});

/** The last value of each key of a changelog of numbers. */
function last(messages: readonly { readonly key: Buffer | null; readonly value: Buffer | null }[]): Map<string, number> {
  return new Map(messages.map(({ key, value }) => [String(key), Number(value?.readBigInt64BE())]));
}

/** How many offsets a group has committed of a topic. */
async function total(group: string, name: string): Promise<number> {
  return (await committed(group, name, PARTITIONS)).reduce<number>((sum, offset) => sum + (offset ?? 0), 0);
}
