import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SystemClock } from '@weir/core/internal/time';
import type { Consumer, Transport } from '@weir/core/internal/transport';
import { type StartedKafka, startKafka } from '../../../scripts/kafka.mjs';
import { open } from './open.js';
import { silent } from './silent.fixture.js';

const limitMs = 120_000;

/** On a broker of its own, which is killed and started again. */
describe('a broker that goes away', () => {
  let kafka: StartedKafka;
  let transport: Transport;
  const heard: string[] = [];

  beforeAll(async () => {
    kafka = await startKafka();
    transport = await open({
      broker: `kafka://${kafka.brokers}`,
      clientId: 'away',
      clock: new SystemClock(),
      logger: silent,
      properties: { 'session.timeout.ms': 6_000, 'heartbeat.interval.ms': 500 },
    });
  }, limitMs);
  afterAll(async () => {
    await transport.close();
    await kafka.stop();
  }, limitMs);

  it(
    'delivers what was taken while it was gone, reads on, and commits again',
    async () => {
      await (await transport.admin()).create([{ name: 'orders', partitions: 1, replicas: -1, config: {} }]);
      const producer = await transport.producer();
      const consumer = await transport.consumer({ group: 'away' });
      await listen(consumer);
      producer.append('orders', null, 'before', 0);
      await producer.flush();
      await read(consumer, 1);

      await kafka.kill();
      producer.append('orders', null, 'appended', 0);
      const sent = producer.send({ topic: 'orders', key: null, value: 'sent', partition: 0 });
      await expect(consumer.commit([{ topic: 'orders', partition: 0, offset: 1 }])).rejects.toMatchObject({
        code: 'COMMIT_FAILED',
      });
      await kafka.restart();

      await producer.flush();
      expect(await sent).toEqual({ topic: 'orders', partition: 0, offset: 2 });
      await read(consumer, 3);
      expect(heard.filter((event) => event === 'assigned').length).toBeGreaterThanOrEqual(1);
      expect(heard.at(-1)).toBe('assigned');
      await consumer.commit([{ topic: 'orders', partition: 0, offset: 3 }]);
      expect(await consumer.committed([{ topic: 'orders', partition: 0 }])).toEqual([{ topic: 'orders', partition: 0, offset: 3 }]);
    },
    limitMs,
  );

  it(
    'closes while it is gone',
    async () => {
      const producer = await transport.producer();
      const consumer = await transport.consumer({ group: 'closing' });
      await listen(consumer);
      while (heard.at(-1) !== 'assigned') await consumer.poll();
      await kafka.kill();
      producer.append('orders', null, 'never delivered', 0);
      const begun = performance.now();
      await Promise.all([consumer.close(), producer.close()]);
      expect(performance.now() - begun).toBeLessThan(20_000);
      expect(heard.at(-1)).toBe('revoked');
      await kafka.restart();
    },
    limitMs,
  );

  it(
    'waits for a topic that does not exist yet',
    async () => {
      const consumer = await transport.consumer({ group: 'early' });
      await listen(consumer, ['later']);
      await consumer.poll();
      await (await transport.admin()).create([{ name: 'later', partitions: 1, replicas: -1, config: {} }]);
      const producer = await transport.producer();
      await producer.send({ topic: 'later', key: null, value: 'first' });
      await read(consumer, 1);
    },
    limitMs,
  );

  function listen(consumer: Consumer, topics = ['orders']): Promise<void> {
    heard.length = 0;
    const hear = (event: string) => () => {
      heard.push(event);
    };
    return consumer.subscribe(topics, { assigned: hear('assigned'), revoked: hear('revoked'), lost: hear('lost'), failed: hear('failed') });
  }

  async function read(consumer: Consumer, until: number): Promise<void> {
    for (let next = 0; next < until; ) for (const batch of await consumer.poll()) next = batch.offset(batch.length - 1) + 1;
  }
});
