import { expect } from '@jest/globals';
import { everyPartition, numbered, range, refused } from './bench.fixture.js';
import type { Cases } from './cases.contract.js';

/** How a consumer reads: where it starts, waits, pauses and goes. Without a group, so that nothing waits for one. */
export const consuming: Cases = {
  'reads from the first message on': async (bench) => {
    const reader = await bench.read(await bench.topic(numbered(10, { partition: 0 })), 'earliest');
    await bench.until('all are read', () => reader.messages.length >= 10);
    expect(reader.values()).toEqual(range(10).map(String));
  },

  'reads from an offset on': async (bench) => {
    const topic = await bench.topic(numbered(10, { partition: 0 }));
    const reader = await bench.read(topic, 7);
    await bench.until('the rest is read', () => reader.messages.length >= 3);
    expect(reader.values()).toEqual(['7', '8', '9']);
  },

  'reads only what comes after it began': async (bench) => {
    const topic = await bench.topic(numbered(10, { partition: 0 }));
    const consumer = await bench.consumer();
    await consumer.assign([
      { topic, partition: 0, offset: 'latest' },
      { topic, partition: 1, offset: 'earliest' },
    ]);
    await bench.write(topic, numbered(1, { partition: 1, from: 50 }));
    const values: (string | null)[] = [];
    for (let turn = 10; !values.includes('50') || !values.includes(String(turn - 1)); turn++) {
      await bench.write(topic, numbered(1, { partition: 0, from: turn }));
      for (const batch of await consumer.poll()) for (const index of range(batch.length)) values.push(batch.valueText(index));
    }
    expect(values.filter((value) => Number(value) < 10)).toEqual([]);
  },

  'replaces what it reads by another assign': async (bench) => {
    const topic = await bench.topic([...numbered(5, { partition: 0 }), ...numbered(5, { partition: 1, from: 10 })]);
    const reader = await bench.read(topic);
    await bench.until('all are read', () => reader.messages.length >= 10);
    await reader.stop();
    reader.messages.length = 0;
    await reader.consumer.assign([{ topic, partition: 1, offset: 3 }]);
    reader.start();
    await bench.write(topic, [...numbered(1, { partition: 0, from: 5 }), ...numbered(1, { partition: 1, from: 15 })]);
    await bench.until('the new ones are read', () => reader.messages.length >= 3);
    expect(reader.values()).toEqual(['13', '14', '15']);
  },

  'tells the first and the next offset of a partition': async (bench) => {
    const topic = await bench.topic(numbered(12, { partition: 1 }));
    const consumer = await bench.consumer();
    expect(await consumer.watermarks({ topic, partition: 1 })).toEqual({ low: 0, high: 12 });
    expect(await consumer.watermarks({ topic, partition: 2 })).toEqual({ low: 0, high: 0 });
  },

  'answers with an empty list when nothing comes': async (bench) => {
    const topic = await bench.topic(numbered(1, { partition: 0 }));
    const consumer = await bench.consumer();
    await consumer.assign([{ topic, partition: 1, offset: 'earliest' }]);
    expect(await consumer.poll()).toEqual([]);
  },

  'ends a waiting poll by wake': async (bench) => {
    const topic = await bench.topic(numbered(1, { partition: 0 }));
    const consumer = await bench.consumer();
    await consumer.assign([{ topic, partition: 1, offset: 'earliest' }]);
    await consumer.poll();
    const begun = performance.now();
    for (const _ of range(20)) {
      const polled = consumer.poll();
      consumer.wake();
      expect(await polled).toEqual([]);
    }
    expect(performance.now() - begun).toBeLessThan(10_000);
  },

  'gives at most as many messages as a poll may return, and none twice': async (bench) => {
    const topic = await bench.topic(range(4).flatMap((partition) => numbered(25, { partition, from: partition * 100 })));
    const reader = await bench.read(topic, 'earliest', { maxPollMessages: 10 });
    await bench.until('all are read', () => reader.messages.length >= 100);
    expect(Math.max(...reader.polls)).toBeLessThanOrEqual(10);
    for (const partition of range(4)) expect(reader.values(partition)).toEqual(range(25, partition * 100).map(String));
  },

  'reads on from where it is told, with no message from before': async (bench) => {
    const topic = await bench.topic(numbered(2_000, { partition: 0 }));
    const consumer = await bench.consumer({ maxPollMessages: 100 });
    await consumer.assign([{ topic, partition: 0, offset: 'earliest' }]);
    for (const offset of [1_500, 20, 1_800, 0, 700, 701]) {
      while ((await consumer.poll()).length === 0);
      await consumer.seek([{ topic, partition: 0, offset }]);
      let batches = await consumer.poll();
      while (batches.length === 0) batches = await consumer.poll();
      expect([offset, batches[0]!.offset(0)]).toEqual([offset, offset]);
    }
  },

  'refuses to go to an offset of a partition that it does not read': async (bench) => {
    const topic = await bench.topic(numbered(1, { partition: 0 }));
    const consumer = await bench.consumer();
    await consumer.assign([{ topic, partition: 0, offset: 'earliest' }]);
    await refused(consumer.seek([{ topic, partition: 1, offset: 0 }]), 'PARTITION_NOT_OWNED');
  },

  'gives nothing of a paused partition while others flow, and loses nothing': async (bench) => {
    const topic = await bench.topic(everyPartition('').flatMap(({ partition }) => numbered(100, { partition, from: partition * 1_000 })));
    const reader = await bench.read(topic, 'earliest', { maxPollMessages: 20 });
    await bench.until('the first came', () => reader.values(0).length > 0);
    await reader.stop();
    reader.consumer.pause([{ topic, partition: 0 }]);
    const before = reader.values(0).length;
    reader.start();
    await bench.write(topic, [...numbered(5, { partition: 0, from: 100 }), ...numbered(5, { partition: 1, from: 1_100 })]);
    await bench.until('the others are read', () =>
      range(3, 1).every((partition) => reader.values(partition).length >= (partition === 1 ? 105 : 100)),
    );
    expect(reader.values(0)).toHaveLength(before);
    reader.consumer.resume([{ topic, partition: 0 }]);
    await bench.until('the rest is read', () => reader.values(0).length >= 105);
    expect(reader.values(0)).toEqual(range(105).map(String));
    expect(reader.values(1)).toEqual(range(105, 1_000).map(String));
  },

  'answers polls while everything is paused': async (bench) => {
    const topic = await bench.topic(numbered(10, { partition: 0 }));
    const consumer = await bench.consumer();
    await consumer.assign([{ topic, partition: 0, offset: 'earliest' }]);
    consumer.pause([{ topic, partition: 0 }]);
    expect(await consumer.poll()).toEqual([]);
  },

  'closes twice': async (bench) => {
    const consumer = await bench.consumer();
    await consumer.close();
    await consumer.close();
  },
};
