import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SystemClock } from '@weir/core/internal/time';
import type { Reader, Transport } from '@weir/core/internal/transport';
import { type StartedKafka, startKafka } from '../../../../scripts/kafka.mjs';
import { open } from '../open.js';
import { silent } from '../silent.fixture.js';

const limitMs = 120_000;
const at = { topic: 'orders', partition: 0 };

/** On a broker of its own, which is killed and started again. */
describe.each([true, false])('a reader whose broker goes away, with the fast path: %s', (fastPath) => {
  let kafka: StartedKafka;
  let transport: Transport;

  beforeAll(async () => {
    kafka = await startKafka();
    transport = await open({
      ...{ broker: `kafka://${kafka.brokers}`, clientId: 'away', clock: new SystemClock(), logger: silent },
      properties: { fastPath },
    });
    await (await transport.admin()).create([{ name: 'orders', partitions: 1, replicas: -1, config: {} }]);
  }, limitMs);
  afterAll(async () => {
    await transport.close();
    await kafka.stop();
  }, limitMs);

  it(
    'waits, and reads on when it is back',
    async () => {
      const producer = await transport.producer();
      const reader = await transport.reader();
      await producer.send({ ...at, key: null, value: 'before' });
      await reader.add([{ ...at, offset: 'earliest' }]);
      await reads(reader, 1);
      await kafka.kill();
      for (let polls = 0; polls < 3; polls++) expect(await reader.poll()).toEqual([]);
      expect(reader.position(at)).toBe(1);
      await expect(transport.reader()).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE', retriable: true });
      await expect(reader.ends([at])).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE', retriable: true });
      const sent = producer.send({ ...at, key: null, value: 'after' });
      await kafka.restart();
      await sent;
      await reads(reader, 2);
      expect(await reader.ends([at])).toEqual([{ low: 0, stable: 2, high: 2 }]);
    },
    limitMs,
  );

  it(
    'closes while it is gone',
    async () => {
      const reader = await transport.reader();
      await reader.add([{ ...at, offset: 'earliest' }]);
      await reads(reader, 2);
      await kafka.kill();
      const begun = performance.now();
      await reader.remove([at]);
      await reader.close();
      expect(performance.now() - begun).toBeLessThan(20_000);
      await kafka.restart();
    },
    limitMs,
  );

  async function reads(reader: Reader, until: number): Promise<void> {
    while ((reader.position(at) ?? -1) < until) await reader.poll();
  }
});
