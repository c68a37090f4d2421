import { describe, expect, it } from '@jest/globals';
import { ConfigurationError } from '../../errors/index.js';
import { refused } from '../contract/bench.fixture.js';
import { ignoring } from '../contract/polling-consumer.fixture.js';
import { MemoryBroker, openMemory } from './index.js';
import { gate, MemoryGroup } from './memory-group.fixture.js';

describe('MemoryBroker', () => {
  it('is shared under its URL by everybody in the process', async () => {
    const { clock } = new MemoryGroup();
    const options = { clientId: 'test', clock, logger: undefined as never, properties: {} };
    const [one, two] = [
      await openMemory({ ...options, broker: 'memory://shared' }),
      await openMemory({ ...options, broker: 'memory://shared' }),
    ];
    await (await one.producer()).send({ topic: 't', key: null, value: 'a' });
    expect(await (await two.admin()).topics()).toEqual([{ name: 't', partitions: 1 }]);
    expect(MemoryBroker.at('memory://shared', clock).messages('t')).toHaveLength(1);
    expect(MemoryBroker.at('memory://another', clock).messages('t')).toEqual([]);
    expect(() => MemoryBroker.at('kafka://localhost:9092', clock)).toThrow(ConfigurationError);
    expect(one.description).toBe('in-memory broker (test)');
  });

  // They came sorted by timestamp, so that a later message of a partition could stand before an earlier one.
  it('shows the messages of a topic in the order in which they were written, whatever their timestamps', async () => {
    const { broker } = new MemoryGroup({ partitions: 2 });
    const producer = await broker.transport().producer();
    producer.append('t', 'k', 'late', 0, 300, [['h', Buffer.from('1')]]);
    producer.append('t', null, 'early', 1, 100);
    producer.append('t', null, null, 0, 200);
    producer.append('t', null, 'same time', 1, 200);
    await producer.flush();
    expect(broker.messages('t').map(({ value, partition, offset }) => [value?.toString() ?? null, partition, offset])).toEqual([
      ['late', 0, 0],
      ['early', 1, 0],
      [null, 0, 1],
      ['same time', 1, 1],
    ]);
    producer.append('u', null, 'of another topic', 0, 50);
    producer.append('t', null, 'last', 0, 100);
    await producer.flush();
    expect(broker.messages(['u', 't']).map(({ value }) => value?.toString() ?? null)).toEqual([
      ...['late', 'early', null, 'same time', 'of another topic', 'last'],
    ]);
    expect(broker.messages('t')[0]).toEqual({
      topic: 't',
      partition: 0,
      offset: 0,
      key: Buffer.from('k'),
      value: Buffer.from('late'),
      timestamp: 300,
      headers: [['h', Buffer.from('1')]],
    });
    expect(broker.messages('missing')).toEqual([]);
  });

  it('takes timestamps from its clock', async () => {
    const group = new MemoryGroup();
    await group.advance(90_000);
    await group.write('t', ['a']);
    expect(group.broker.messages('t')[0]!.timestamp).toBe(Date.parse('2000-01-01T00:01:30Z'));
  });

  it('spreads messages without a key one after the other', async () => {
    const group = new MemoryGroup({ partitions: 3 });
    await group.write('t', ['a', 'b', 'c', 'd']);
    expect(
      group.broker
        .messages('t')
        .map(({ partition }) => partition)
        .sort(),
    ).toEqual([0, 0, 1, 2]);
  });

  it('keeps the last message of every key when it compacts, tombstones and messages without a key too', async () => {
    const { broker } = new MemoryGroup();
    const producer = await broker.transport().producer();
    const written: [string | null, string | null][] = [
      ['a', '1'],
      ['b', '1'],
      [null, 'x'],
      ['a', null],
      ['b', '2'],
    ];
    for (const [key, value] of written) producer.append('t', key, value);
    await producer.flush();
    broker.compact('t');
    expect(broker.messages('t').map(({ offset, key, value }) => [offset, key?.toString(), value?.toString()])).toEqual([
      [2, undefined, 'x'],
      [3, 'a', undefined],
      [4, 'b', '2'],
    ]);
    const reader = await broker.transport().reader();
    expect(await reader.ends([{ topic: 't', partition: 0 }])).toEqual([{ low: 0, stable: 5, high: 5 }]);
  });

  it('creates no topic by itself when it may not', async () => {
    const { broker } = new MemoryGroup({ autoCreate: false });
    const transport = broker.transport();
    const producer = await transport.producer();
    await refused(producer.send({ topic: 't', key: null, value: 'a' }), 'DELIVERY_FAILED');
    const consumer = await transport.consumer({ group: 'group' });
    await refused(consumer.watermarks({ topic: 't', partition: 0 }), 'TOPIC_MISSING');
    await consumer.subscribe(['t'], ignoring);
    expect(broker.topics()).toEqual([]);
    broker.createTopic({ name: 't', partitions: 2, config: { 'cleanup.policy': 'compact' } });
    expect(await producer.send({ topic: 't', key: 'k', value: 'a', partition: 1 })).toMatchObject({ partition: 1 });
    await refused(producer.send({ topic: 't', key: 'k', value: 'a', partition: 2 }), 'DELIVERY_FAILED');
    expect(broker.config('t')).toEqual({ 'cleanup.policy': 'compact' });
  });

  it('tells what is pending and whether it is quiet', async () => {
    const group = new MemoryGroup({ partitions: 2 });
    const { broker } = group;
    const { opened, open } = gate();
    const member = await group.join(['t'], {}, { assigned: () => opened });
    await new Promise(setImmediate);
    expect([broker.isRebalancing, broker.isQuiet()]).toEqual([true, false]);
    open();
    await group.quiet();
    await member.stop();
    expect(broker.isQuiet()).toBe(true);
    await group.write('t', ['a', 'b', 'c'], 0);
    await group.write('t', ['d'], 1);
    expect([broker.pending('group'), broker.pending(member.consumer), broker.pending('others'), broker.isQuiet()]).toEqual([
      4,
      4,
      0,
      false,
    ]);
    member.consumer.pause([{ topic: 't', partition: 0 }]);
    expect(broker.pending('group')).toBe(1);
    member.start();
    await group.quiet();
    expect(broker.pending('group')).toBe(0);
  });

  it('is not quiet while a message is on its way, and is while it waits for the clock', async () => {
    const { broker } = new MemoryGroup();
    const producer = await broker.transport().producer();
    producer.append('t', null, 'a');
    expect(broker.isQuiet()).toBe(true);
    producer.handOver();
    expect([broker.isProducing, broker.isQuiet()]).toEqual([true, false]);
    await producer.flush();
    broker.faults.delayProduce(1_000);
    producer.append('t', null, 'b');
    producer.handOver();
    await new Promise(setImmediate);
    expect(broker.isQuiet()).toBe(true);
  });

  it('counts everything that happens, and nothing when nothing does', async () => {
    const group = new MemoryGroup();
    const { broker } = group;
    const changes = async (act: () => unknown) => {
      const before = broker.activity;
      await act();
      return broker.activity !== before;
    };
    const member = await group.join(['t']);
    await group.quiet();
    expect(await changes(() => group.quiet())).toBe(false);
    expect(await changes(() => group.write('t', ['a']))).toBe(true);
    await group.quiet();
    expect(await changes(() => member.consumer.commit([{ topic: 't', partition: 0, offset: 1 }]))).toBe(true);
    expect(await changes(() => group.advance(5_000))).toBe(false);
    expect(await changes(() => member.close())).toBe(true);
    expect(broker.committed('group', 't', 0)).toBe(1);
  });
});
