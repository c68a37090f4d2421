import { afterEach, describe, expect, it } from '@jest/globals';
import { App, Handler, Inject, type Table, type TableChange, table, topic, Worker } from '@weir/core';
import { brokers, createTopic, unique, write } from './plain.js';

const id = unique('changing');
const views = topic(`${id}-views`, { value: 'string' });
const counts = table('counts', { key: 'string', value: 'long', default: 0 });
const seen: TableChange<string, number>[] = [];

@App({ id, broker: `kafka://${brokers}`, guarantee: 'exactly-once' })
class Changing {
  constructor(@Inject(counts) readonly counts: Table<string, number>) {}

  @Handler(views)
  count(url: string): void {
    if (url.startsWith('-')) this.counts.delete(url.slice(1));
    else this.counts.update(url, (n) => n + 1);
  }
}

class Reading {
  @Handler(counts.changes)
  read(change: TableChange<string, number>): void {
    seen.push(change);
  }
}

@App({ id, broker: `kafka://${brokers}`, guarantee: 'exactly-once', providers: [Changing, Reading] })
class Both {}

let worker: Worker | undefined;
afterEach(() => worker?.stop());

describe('the changes of a table on Apache Kafka', () => {
  it('lead from one value of a key to the next, from nothing to nothing, over a restart', async () => {
    await createTopic(views.name, 3);
    worker = await Worker.start(Both);
    const keys = ['/a', '/b', '/c', '/d'];
    const send = (...urls: string[]) =>
      write(
        views.name,
        urls.map((url) => ({ key: url.replace('-', ''), value: url })),
      );
    const newest = (key: string) => seen.findLast((change) => change.key === key)?.value;
    const until = async (value: number | undefined) => {
      while (!keys.every((key) => seen.some((change) => change.key === key) && newest(key) === value))
        await new Promise((resolve) => setTimeout(resolve, 50));
    };
    for (let round = 0; round < 20; round++) await send(...keys);
    await until(20);
    await worker.stop();
    worker = await Worker.start(Both);
    await send(...keys, ...keys);
    await until(22);
    await send(...keys.map((key) => `-${key}`));
    await until(undefined);
    for (const key of keys) {
      const ofKey = seen.filter((change) => change.key === key);
      expect(ofKey.map(({ previous }) => previous)).toEqual([undefined, ...ofKey.slice(0, -1).map(({ value }) => value)]);
    }
  }, 60_000);
});
