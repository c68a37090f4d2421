import { expect } from '@jest/globals';
import type { Consumer, ConsumerOptions } from '../consumer.js';
import { type Bench, everyPartition, numbered, range, refused } from './bench.fixture.js';
import type { Cases } from './cases.contract.js';
import { batchesOf, messagesOf, valuesOf } from './read.fixture.js';

/** How a member of a group reads what it has: how it waits, pauses, goes elsewhere and ends. */
export const consuming: Cases = {
  'tells the first and the next offset of a partition': async (bench) => {
    const topic = await bench.topic(numbered(12, { partition: 1 }));
    const consumer = await bench.consumer();
    expect(await consumer.watermarks({ topic, partition: 1 })).toEqual({ low: 0, high: 12 });
    expect(await consumer.watermarks({ topic, partition: 2 })).toEqual({ low: 0, high: 0 });
  },

  'answers with an empty list when nothing comes': async (bench) => {
    const consumer = await afterOne(bench, await bench.topic(numbered(1, { partition: 0 })));
    expect(await consumer.poll()).toEqual([]);
  },

  'ends a waiting poll by wake': async (bench) => {
    const consumer = await afterOne(bench, await bench.topic(numbered(1, { partition: 0 })));
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
    const member = await bench.join(bench.name('group'), [topic], {}, { maxPollMessages: 10 });
    await bench.until('all are read', () => member.messages.length >= 100);
    expect(Math.max(...member.polls)).toBeLessThanOrEqual(10);
    for (const partition of range(4)) expect(member.values(partition)).toEqual(range(25, partition * 100).map(String));
  },

  'reads on from where it is told, with no message from before': async (bench) => {
    const topic = await bench.topic(numbered(2_000, { partition: 0 }));
    const consumer = await afterOne(bench, topic, { maxPollMessages: 100 });
    for (const offset of [1_500, 20, 1_800, 0, 700, 701]) {
      await batchesOf(consumer, 1);
      await consumer.seek([{ topic, partition: 0, offset }]);
      const [batch] = await batchesOf(consumer, 1);
      expect([offset, batch!.offset(0)]).toEqual([offset, offset]);
    }
  },

  'refuses to go to an offset of a partition that it does not have': async (bench) => {
    const [topic, other] = [await bench.topic(numbered(1, { partition: 0 })), await bench.topic(numbered(1, { partition: 0 }))];
    const consumer = await afterOne(bench, topic);
    await refused(consumer.seek([{ topic: other, partition: 0, offset: 0 }]), 'PARTITION_NOT_OWNED');
  },

  'gives nothing of a paused partition while others flow, and loses nothing': async (bench) => {
    const topic = await bench.topic(everyPartition('').flatMap(({ partition }) => numbered(100, { partition, from: partition * 1_000 })));
    const member = await bench.join(bench.name('group'), [topic], {}, { maxPollMessages: 20 });
    await bench.until('the first came', () => member.values(0).length > 0);
    await member.stop();
    member.consumer.pause([{ topic, partition: 0 }]);
    const before = member.values(0).length;
    member.start();
    await bench.write(topic, [...numbered(5, { partition: 0, from: 100 }), ...numbered(5, { partition: 1, from: 1_100 })]);
    await bench.until('the others are read', () =>
      range(3, 1).every((partition) => member.values(partition).length >= (partition === 1 ? 105 : 100)),
    );
    expect(member.values(0)).toHaveLength(before);
    member.consumer.resume([{ topic, partition: 0 }]);
    await bench.until('the rest is read', () => member.values(0).length >= 105);
    expect(member.values(0)).toEqual(range(105).map(String));
    expect(member.values(1)).toEqual(range(105, 1_000).map(String));
  },

  'answers polls while everything is paused': async (bench) => {
    const topic = await bench.topic(numbered(1, { partition: 0 }));
    const consumer = await afterOne(bench, topic);
    consumer.pause(everyPartition(topic));
    await bench.write(topic, numbered(1, { partition: 0, from: 1 }));
    expect(await consumer.poll()).toEqual([]);
    consumer.resume(everyPartition(topic));
    expect(valuesOf(messagesOf(await batchesOf(consumer, 1)))).toEqual(['1']);
  },

  'leaves batches readable when their consumer is closed': async (bench) => {
    const topic = await bench.topic(numbered(20, { partition: 1, key: 'key' }));
    const consumer = await afterOne(bench, topic);
    await consumer.seek([{ topic, partition: 1, offset: 0 }]);
    const batches = await batchesOf(consumer, 20);
    await consumer.close();
    expect(valuesOf(messagesOf(batches))).toEqual(range(20).map(String));
  },

  'closes twice, whether it has subscribed or not': async (bench) => {
    const consumers = [await bench.consumer(), await afterOne(bench, await bench.topic(numbered(1, { partition: 0 })))];
    for (const consumer of consumers) {
      await consumer.close();
      await consumer.close();
      await refused(consumer.poll(), 'LIFECYCLE_ORDER');
    }
  },
};

/** A member of a group, with all partitions of a topic, that has read a message at least; from then on the test polls. */
async function afterOne(bench: Bench, topic: string, options?: Partial<ConsumerOptions>): Promise<Consumer> {
  const member = await bench.join(bench.name('group'), [topic], {}, options);
  await bench.until('it reads', () => member.owned.size === 4 && member.messages.length > 0);
  await member.stop();
  return member.consumer;
}
