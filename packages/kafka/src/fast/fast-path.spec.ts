import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SystemClock } from '@weir/core/internal/time';
import type { Batch, Reader, Transport } from '@weir/core/internal/transport';
import { DriverBatch } from '../consumer/driver-batch.js';
import { called } from '../driver/calls.js';
import { loadDriver } from '../driver/driver.js';
import type { DriverProducer } from '../driver/driver-types.js';
import { type EmbeddedBroker, startEmbeddedBroker } from '../embedded/embedded.js';
import { open } from '../open.js';
import { silent } from '../silent.fixture.js';
import { attach, connected } from './attach.js';
import { FastBatch } from './fast-batch.js';
import { type FastPath, loadFastPath } from './native.js';

const found = loadFastPath();
const onlyWith = 'missing' in found ? it.skip : it;
const fastPath = found as FastPath;

describe('the addon', () => {
  let broker: EmbeddedBroker;
  beforeAll(async () => {
    broker = await startEmbeddedBroker();
  });
  afterAll(() => broker.close());

  onlyWith('moves the messages where it is there, and the driver where it is switched off', async () => {
    await using(async (transport) => {
      const producer = await transport.producer();
      await producer.send({ topic: 'ways', key: null, value: 'one', partition: 0 });
      expect(await firstBatch(transport, 'ways')).toBeInstanceOf(FastBatch);
    });
    await using(async (transport) => expect(await firstBatch(transport, 'ways')).toBeInstanceOf(DriverBatch), { fastPath: false });
  });

  onlyWith('keeps the messages of two clients with one name apart', async () => {
    await using(async (transport) => {
      const producer = await transport.producer();
      await producer.send({ topic: 'left', key: null, value: 'left', partition: 0 });
      await producer.send({ topic: 'right', key: null, value: 'right', partition: 0 });
      const [left, right] = await Promise.all([firstBatch(transport, 'left'), firstBatch(transport, 'right')]);
      expect([left.valueText(0), right.valueText(0)]).toEqual(['left', 'right']);
    });
  });

  onlyWith('says at the flush that a partition does not exist, and the flush ends', async () => {
    await using(async (transport) => {
      const producer = await transport.producer();
      await producer.send({ topic: 'four', key: null, value: 'a', partition: 0 });
      producer.append('four', 'k', 'nowhere', 77);
      await expect(producer.flush()).rejects.toMatchObject({ failures: [{ message: { topic: 'four', value: Buffer.from('nowhere') } }] });
      await producer.flush();
    });
  });

  onlyWith('refuses the name of a topic that cannot be', async () => {
    await using(async (transport) => {
      const producer = await transport.producer();
      producer.append('x'.repeat(1_000), null, 'a');
      producer.append('good', null, 'b', 0);
      await expect(producer.flush()).rejects.toMatchObject({ failures: [{ message: { value: Buffer.from('a') } }] });
      expect((await firstBatch(transport, 'good')).valueText(0)).toBe('b');
    });
  });

  onlyWith('carries headers, timestamps, large, empty, missing and malformed fields in one call, each as it was', async () => {
    await using(async (transport) => {
      const producer = await transport.producer();
      const large = 'ž'.repeat(200_000);
      producer.append('fields', 'k', 'plain', 0);
      producer.append('fields', null, null, 0, 1_000_000_000_123);
      producer.append('fields', '', '', 0, undefined, [['h', Buffer.alloc(0)]]);
      producer.append('fields', 'a\0b', large, 0);
      producer.append('fields', null, '\ud800', 0);
      await producer.flush();
      const read = await readAll(transport, 'fields', 5);
      expect(read.map(({ key, value }) => [key, value])).toEqual([
        ['k', 'plain'],
        [null, null],
        ['', ''],
        ['a\0b', large],
        [null, '\ufffd'],
      ]);
      expect(read[1]!.timestamp).toBe(1_000_000_000_123);
      expect(read[2]!.headers).toEqual([['h', Buffer.alloc(0)]]);
    });
  });

  onlyWith('keeps the order where the queue of librdkafka is full again and again', async () => {
    await using(
      async (transport) => {
        const producer = await transport.producer();
        const values = Array.from({ length: 2_000 }, (_, index) => String(index));
        for (const value of values) producer.append('crowded', null, value, 0);
        await producer.flush();
        expect((await readAll(transport, 'crowded', values.length)).map(({ value }) => value)).toEqual(values);
      },
      { 'queue.buffering.max.messages': 100, 'linger.ms': 1 },
    );
  });

  onlyWith('forgets a client when it is closed: nothing more is taken and given', async () => {
    const driver = await loadDriver();
    const properties = { 'bootstrap.servers': broker.url.slice('kafka://'.length), 'client.id': 'closed' };
    const { client, attached } = attach(fastPath, true, properties, (each) => new driver.Producer(each) as DriverProducer);
    expect(connected(attached)).toBeUndefined();
    await called(client, (done) => client.connect({ allTopics: false, timeout: 5_000 }, done));
    expect(connected(attached)).toBe(attached);
    await called(client, (done) => client.disconnect(1, done));
    expect(connected(attached)).toBeUndefined();
    const { addon } = fastPath;
    expect(addon.take(attached!.number, 10, 1_000)).toBeNull();
    expect(addon.give(attached!.number, ['t'], Buffer.alloc(1), new Int32Array(7), new Float64Array(1), 1)).toBeNull();
    expect(await addon.given(attached!.number, 1_000)).toBe(true);
    expect(addon.takeBack(attached!.number)).toEqual([]);
  });

  onlyWith('throws for arguments that make no sense', () => {
    const loose = fastPath.addon as unknown as Record<string, (...given: unknown[]) => unknown>;
    for (const name of ['arm', 'take', 'give', 'given', 'takeBack', 'tell', 'reports', 'isOpen', 'describe', 'forget'])
      expect(() => loose[name]!()).toThrow('too few arguments');
    expect(() => loose.take!('one', 2, 3)).toThrow('wants three numbers');
    expect(() => loose.give!(0, [], Buffer.alloc(1), new Int32Array(7), new Float64Array(1), 2)).toThrow('something else');
    expect(() => loose.given!('one', 2)).toThrow('wants a client and a number');
    expect(loose.take!(4_000_000_000, 1, 1)).toBeNull();
    expect(loose.isOpen!(4_000_000_000)).toBe(false);
  });

  onlyWith('lets no message reach beyond its buffer', async () => {
    const { attached, disconnect } = await connectedProducer({});
    const give = (...columns: number[]) =>
      fastPath.addon.give(attached.number, ['t'], Buffer.alloc(10), Int32Array.from(columns), new Float64Array(1), 1);
    try {
      expect(() => give(0, -1, 5, 0, 6, 0, 0)).toThrow('outside of its buffer');
      expect(() => give(0, -1, -1, 0, 1, 0, 0)).toThrow('outside of its buffer');
      expect(() => give(1, -1, 0, 0, 1, 0, 0)).toThrow('outside of its buffer');
      expect(() => give(0, -1, 0, 2_147_483_647, 2_147_483_647, 0, 0)).toThrow('outside of its buffer');
    } finally {
      await disconnect();
    }
  });

  onlyWith('keeps what librdkafka has no room for, and takes it back when it is asked to', async () => {
    const { client, attached, disconnect } = await connectedProducer({ 'queue.buffering.max.messages': 3, 'linger.ms': 60_000 });
    const { addon } = fastPath;
    const values = Buffer.from('abcdefgh');
    const columns = Int32Array.from([...values].flatMap((_, index) => [0, 0, index, -1, 1, 0, index + 1]));
    try {
      expect(addon.give(attached.number, ['full'], values, columns, new Float64Array(8), 8)).toBe(true);
      expect(await addon.given(attached.number, 50)).toBe(false);
      expect(addon.takeBack(attached.number)).toEqual([4, 5, 6, 7, 8]);
      expect(await addon.given(attached.number, 1_000)).toBe(true);
      await called(client, (done) => client.flush(5_000, done));
      const reported = addon.reports(attached.number).filter((_, at) => at % 4 === 0);
      expect(reported).toEqual([1, 2, 3]);
    } finally {
      await disconnect();
    }
  });

  onlyWith('forgets what waits for room when the client is closed', async () => {
    const { attached, disconnect } = await connectedProducer({ 'queue.buffering.max.messages': 1, 'linger.ms': 60_000 });
    const { addon } = fastPath;
    const columns = Int32Array.from([0, 0, 0, -1, 1, 0, 0, 0, 0, 1, -1, 1, 0, 0]);
    expect(addon.give(attached.number, ['full'], Buffer.from('ab'), columns, new Float64Array(2), 2)).toBe(true);
    expect(await addon.given(attached.number, 50)).toBe(false);
    await disconnect();
    expect(await addon.given(attached.number, 5_000)).toBe(true);
    expect(addon.give(attached.number, ['full'], Buffer.from('ab'), columns, new Float64Array(2), 2)).toBeNull();
  });

  async function connectedProducer(given: Readonly<Record<string, number>>) {
    const driver = await loadDriver();
    const properties = { 'bootstrap.servers': broker.url.slice('kafka://'.length), ...given };
    const { client, attached } = attach(fastPath, true, properties, (each) => new driver.Producer(each) as DriverProducer);
    await called(client, (done) => client.connect({ allTopics: false, timeout: 5_000 }, done));
    return { client, attached: attached!, disconnect: () => called(client, (done) => client.disconnect(1, done)) };
  }

  async function using(work: (transport: Transport) => Promise<void>, properties: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const transport = await open({ broker: broker.url, clientId: 'same', clock: new SystemClock(), logger: silent, properties });
    try {
      await work(transport);
    } finally {
      await transport.close();
    }
  }
});

async function firstBatch(transport: Transport, topic: string): Promise<Batch> {
  const reader = await reading(transport, topic);
  let batches = await reader.poll();
  while (batches.length === 0) batches = await reader.poll();
  await reader.close();
  return batches[0]!;
}

async function readAll(transport: Transport, topic: string, count: number) {
  const reader = await reading(transport, topic);
  const read = [];
  while (read.length < count)
    for (const batch of await reader.poll())
      for (let index = 0; index < batch.length; index++)
        read.push({
          key: batch.keyText(index),
          value: batch.valueText(index),
          timestamp: batch.timestamp(index),
          headers: batch.headers(index),
        });
  return read;
}

async function reading(transport: Transport, topic: string): Promise<Reader> {
  const reader = await transport.reader();
  await reader.add([{ topic, partition: 0, offset: 'earliest' }]);
  return reader;
}
