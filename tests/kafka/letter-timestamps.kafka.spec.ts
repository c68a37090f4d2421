import { afterEach, describe, expect, it } from '@jest/globals';
import { App, Handler, openLetters, topic, Worker } from '@weir/core';
import { pino } from 'pino';
import { brokers, committed, createTopic, readAll, readUntil, unique, write } from './plain.js';

const any = { 'message.timestamp.before.max.ms': '9223372036854775807', 'message.timestamp.after.max.ms': '9223372036854775807' };
const hour = { 'message.timestamp.before.max.ms': '3600000', 'message.timestamp.after.max.ms': '3600000' };
const times = [1_000, Date.now() + 365 * 86_400_000];

let worker: Worker | undefined;
afterEach(() => worker?.stop());

// The dead letter was refused, and the partition stood still for good.
describe.each(['at-least-once', 'exactly-once'] as const)(
  'messages with a timestamp of long ago or of next year on Apache Kafka, %s',
  (guarantee) => {
    it.each([
      ['are set aside in the topic that weir creates, with their timestamp', undefined],
      ['are set aside in a topic that refuses it, with the time of now, and replayed as they were', hour],
    ] as const)('%s', async (_, config) => {
      const names = { orders: unique('orders'), app: unique('stamps') };
      const orders = topic(names.orders, { value: 'string' });
      @App({ id: names.app, broker: `kafka://${brokers}`, guarantee, errors: { retry: { attempts: 0 } } })
      class Shop {
        readonly seen: string[] = [];
        @Handler(orders)
        take(value: string, { headers }: { readonly headers: object }): void {
          if (value.startsWith('bad') && !('weir-replay-of' in headers)) throw new RangeError('bad');
          this.seen.push(value);
        }
      }
      await createTopic(names.orders, 1, any);
      const letters = `${names.app}-dead-letters`;
      if (config !== undefined) await createTopic(letters, 1, config);
      await write(names.orders, [...times.map((timestamp, index) => ({ value: `bad ${index}`, timestamp })), { value: 'good' }]);
      worker = await Worker.start(Shop, { logger: pino({ level: 'silent' }) });
      const found = await readUntil(letters, (all) => all.length >= 2);
      const limits = found.map(({ timestamp }) => Math.abs(timestamp - Date.now()) < 3_600_000);
      expect(limits).toEqual([config !== undefined, config !== undefined]);
      const opened = await openLetters(Shop);
      const listed = await opened.list();
      expect(listed.map(({ timestamp }) => timestamp)).toEqual(times);
      expect((await opened.replay()).replayed).toBe(2);
      await opened.close();
      const all = await readUntil(names.orders, (messages) => messages.length >= 5);
      expect(all.slice(3).map(({ value, timestamp }) => [String(value), timestamp])).toEqual(
        times.map((time, index) => [`bad ${index}`, time]),
      );
      const { seen } = worker.get(Shop);
      while (!seen.includes('bad 1')) await new Promise((resolve) => setImmediate(resolve));
      await worker.stop();
      expect(await readAll(letters)).toHaveLength(found.length + 2);
      const [done] = await committed(names.app, names.orders, 1);
      expect(done).toBeGreaterThanOrEqual(5);
    });
  },
);
