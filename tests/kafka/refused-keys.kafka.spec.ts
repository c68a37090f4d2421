import { afterEach, describe, expect, it } from '@jest/globals';
import { App, causeOf, Handler, Inject, type Topic, topic, Worker } from '@weir/core';
import { pino } from 'pino';
import { brokers, committed, createTopic, type Read, readAll, readUntil, unique, write } from './plain.js';

const count = 30;
const partitions = 2;

/** A dead letter by its original's place. */
const nameOf = ({ headers }: Read) => {
  const cause = causeOf(headers.map(([name, value]) => [name, Buffer.from(value)]));
  return `${cause?.partition}@${cause?.offset} ${cause?.attempts} ${cause?.error.code}`;
};

let worker: Worker | undefined;
afterEach(() => worker?.stop());

// 30 of them gave 73 dead letters and 548 runs.
describe('results without a key for a compacted topic on Apache Kafka, at least once', () => {
  it.each(['sinks', 'sendSoon', 'send'] as const)(
    'have each of their events set aside once: by %s',
    async (way) => {
      const names = { orders: unique('orders'), latest: unique('latest'), app: unique(`keyless-${way}`) };
      const orders = topic(names.orders, { key: 'string', value: 'string' });
      const latest = topic(names.latest, { value: 'string', partitions: 1, cleanup: 'compact' });
      let runs = 0;
      @App({ id: names.app, broker: `kafka://${brokers}` })
      class Shop {
        constructor(@Inject(latest) readonly out: Topic<string, string>) {}
        @Handler(orders, way === 'sinks' ? { sinks: [latest], concurrency: { max: 8 } } : { concurrency: { max: 8 } })
        async take(value: string, { key }: { readonly key: string | null }): Promise<string> {
          runs++;
          if (way === 'sendSoon') this.out.sendSoon({ key, value });
          if (way === 'send') void this.out.send({ key, value });
          return value;
        }
      }
      await createTopic(names.orders, partitions);
      const bad = (from: number, to: number) =>
        Array.from({ length: to - from }, (_, index) => ({ key: null, value: `bad ${from + index}`, partition: index % partitions }));
      await write(names.orders, bad(0, count / 2));
      worker = await Worker.start(Shop, { logger: pino({ level: 'silent' }) });
      const letters = `${names.app}-dead-letters`;
      // The others come while the first are looked for.
      await readUntil(letters, (all) => all.length >= 3);
      await write(names.orders, [...bad(count / 2, count), { key: 'k', value: 'good', partition: 0 }]);
      await readUntil(letters, (all) => new Set(all.map(nameOf)).size >= count);
      await readUntil(names.latest, (all) => all.length >= 1);
      await worker.stop();
      const found = (await readAll(letters)).map(nameOf);
      expect(found.sort()).toEqual([...new Set(found)].sort());
      expect(found).toHaveLength(count);
      expect(found.every((name) => name.endsWith(' 4 DELIVERY_FAILED'))).toBe(true);
      expect(runs).toBeLessThan(count * 8);
      const done = await committed(names.app, names.orders, partitions);
      expect(done.reduce<number>((sum, offset) => sum + (offset ?? 0), 0)).toBe(count + 1);
    },
    120_000,
  );
});
