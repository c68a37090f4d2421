import { expect } from '@jest/globals';
import { partitionFor } from '../murmur2.js';
import { numbered, range } from './bench.fixture.js';
import type { Cases } from './cases.contract.js';
import { batchesOf, messagesOf, valuesOf } from './read.fixture.js';

/** What becomes of a message between a producer and a consumer. */
export const messages: Cases = {
  'keeps the order of messages in each partition': async (bench) => {
    const topic = await bench.topic([...numbered(50, { partition: 0 }), ...numbered(50, { partition: 3, from: 100 })]);
    const reader = await bench.read(topic);
    await reader.has(100);
    expect(reader.values(0)).toEqual(range(50).map(String));
    expect(reader.values(3)).toEqual(range(50, 100).map(String));
    expect(reader.messages.filter(({ partition }) => partition === 0).map(({ offset }) => offset)).toEqual(range(50));
  },

  'puts a key on the partition where Java puts it': async (bench) => {
    const keys = ['a', 'order-1', 'user:42', 'Eliška Najbrtová', '日本語', '😀', ...range(30).map((index) => `key-${index}`)];
    const positions = await bench.write(
      await bench.topic(),
      keys.map((key) => ({ key, value: key })),
    );
    expect(positions.map(({ partition }) => partition)).toEqual(keys.map((key) => partitionFor(key, 4)));
  },

  'puts a binary key on the partition where Java puts it': async (bench) => {
    const keys = [Buffer.from([0]), Buffer.from([0xff, 0xfe, 0xfd]), Buffer.from([0x80, 0, 0x7f, 0xff, 1]), Buffer.alloc(8, 7)];
    const topic = await bench.topic();
    const positions = await bench.write(
      topic,
      keys.map((key) => ({ key, value: key })),
    );
    expect(positions.map(({ partition }) => partition)).toEqual(keys.map((key) => partitionFor(key, 4)));
    const reader = await bench.read(topic);
    await reader.has(keys.length);
    for (const { key, value, partition } of reader.messages) {
      expect(key).toEqual(value);
      expect(partition).toBe(partitionFor(key!, 4));
    }
  },

  'takes an empty key for a key': {
    needs: ['tell empty keys from none'],
    run: async (bench) => {
      const topic = await bench.topic([{ key: '', value: 'empty' }, ...numbered(1, { partition: 0 })]);
      const reader = await bench.read(topic);
      await reader.has(2);
      const empty = reader.messages.find(({ valueText }) => valueText === 'empty');
      expect(empty).toMatchObject({ partition: partitionFor('', 4), key: Buffer.alloc(0), keyText: '' });
      expect(reader.messages.find(({ valueText }) => valueText === '0')).toMatchObject({ key: null, keyText: null });
    },
  },

  'carries headers in their order, with a name that occurs twice': async (bench) => {
    const headers: [string, Buffer][] = [
      ['trace', Buffer.from('1')],
      ['trace', Buffer.from('2')],
      ['raw', Buffer.from([0, 255, 7])],
      ['empty', Buffer.alloc(0)],
      ['trace', Buffer.from('3')],
    ];
    const topic = await bench.topic([
      { key: null, value: 'with', partition: 1, headers },
      { key: null, value: 'without', partition: 1 },
    ]);
    const reader = await bench.read(topic);
    await reader.has(2);
    expect(reader.messages.map((message) => message.headers)).toEqual([headers, []]);
  },

  // It used to become a header of no bytes on the way.
  'carries a header without a value': {
    needs: ['tell null headers from empty ones'],
    run: async (bench) => {
      const headers: [string, Buffer | null][] = [
        ['none', null],
        ['empty', Buffer.alloc(0)],
        ['none', null],
        ['after', Buffer.from('it')],
      ];
      const topic = await bench.topic([{ key: 'k', value: 'sent', partition: 1, headers }]);
      const producer = await bench.producer();
      producer.append(topic, null, 'appended', 1, undefined, headers);
      await producer.flush();
      const reader = await bench.read(topic);
      await reader.has(2);
      expect(reader.messages.map((message) => message.headers)).toEqual([headers, headers]);
    },
  },

  'keeps a timestamp, and gives the time of writing to a message without one': async (bench) => {
    const topic = await bench.topic([
      { key: null, value: 'then', partition: 0, timestamp: 1_000_000_000_123 },
      { key: null, value: 'now', partition: 0 },
    ]);
    const reader = await bench.read(topic);
    await reader.has(2);
    expect(reader.messages[0]!.timestamp).toBe(1_000_000_000_123);
    expect(Math.abs(reader.messages[1]!.timestamp - Date.now())).toBeLessThan(120_000);
  },

  'tells a tombstone from an empty value': async (bench) => {
    const topic = await bench.topic([
      { key: 'k', value: null, partition: 2 },
      { key: 'k', value: '', partition: 2 },
    ]);
    const reader = await bench.read(topic);
    await reader.has(2);
    expect(reader.messages.map(({ value, valueText }) => [value, valueText])).toEqual([
      [null, null],
      [Buffer.alloc(0), ''],
    ]);
  },

  'gives text as bytes and bytes as text, malformed ones replaced': async (bench) => {
    const text = 'Eliška 日本語 😀';
    const topic = await bench.topic([
      { key: 'ž', value: text, partition: 0 },
      { key: Buffer.from('ž'), value: Buffer.from(text), partition: 0 },
      { key: Buffer.from([0xff]), value: Buffer.from([0x61, 0xff, 0x62]), partition: 0 },
    ]);
    const reader = await bench.read(topic);
    await reader.has(3);
    const [fromText, fromBytes, malformed] = reader.messages;
    expect(fromText).toMatchObject({ key: Buffer.from('ž'), value: Buffer.from(text), keyText: 'ž', valueText: text });
    expect(fromBytes).toMatchObject({ key: Buffer.from('ž'), value: Buffer.from(text), keyText: 'ž', valueText: text });
    expect(malformed).toMatchObject({ keyText: '\ufffd', valueText: 'a\ufffdb', value: Buffer.from([0x61, 0xff, 0x62]) });
  },

  // With the driver's own batches what a handler wrote into its bytes used to be what further tries, other agents and dead letters were given.
  'gives bytes that are nobody else’s: who writes into them changes nothing': async (bench) => {
    const topic = await bench.topic([{ key: 'key', value: 'value', partition: 1, headers: [['trace', Buffer.from('one')]] }]);
    const { reader } = await bench.read(topic);
    let [batch] = await reader.poll();
    while (batch === undefined) [batch] = await reader.poll();
    for (const bytes of [batch.key(0), batch.value(0), batch.headers(0)[0][1]]) bytes?.fill('x');
    expect([batch.key(0), batch.value(0), batch.headers(0)[0][1], batch.keyToPassOn(0)].map(String)).toEqual([
      'key',
      'value',
      'one',
      'key',
    ]);
  },

  'leaves batches readable when their reader is closed': async (bench) => {
    const topic = await bench.topic(numbered(20, { partition: 1, key: 'key' }));
    const { reader } = await bench.read(topic);
    const batches = await batchesOf(reader, 20);
    await reader.close();
    expect(valuesOf(messagesOf(batches))).toEqual(range(20).map(String));
    expect(batches.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)).toBeGreaterThanOrEqual(20 * 3 + 30);
  },

  'carries ten thousand messages, each once and in order': async (bench) => {
    const topic = await bench.topic();
    const producer = await bench.producer();
    for (let index = 0; index < 10_000; index++) {
      if (producer.isFull) await producer.drained();
      producer.append(topic, `key-${index % 100}`, String(index), index % 4);
      if (index % 500 === 499) producer.handOver();
    }
    await producer.flush();
    const reader = await bench.read(topic);
    await reader.has(10_000);
    for (const partition of range(4)) expect(reader.values(partition)).toEqual(range(2_500).map((index) => String(index * 4 + partition)));
  },

  'keeps the last message of every key when it compacts, and leaves gaps': {
    needs: ['create topics', 'compact'],
    run: async (bench) => {
      const topic = await bench.topic(
        ['a', 'b', 'a', 'c', 'b', 'a'].map((key, index) => ({ key, value: String(index), partition: 0 })),
        { 'cleanup.policy': 'compact' },
      );
      await bench.broker.compact!(topic);
      const reader = await bench.read(topic);
      await reader.until('the last is read', () => reader.values().includes('5'));
      expect(reader.messages.map(({ offset, valueText }) => [offset, valueText])).toEqual([
        [3, '3'],
        [4, '4'],
        [5, '5'],
      ]);
    },
  },
};
