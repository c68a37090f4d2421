import { expect } from '@jest/globals';
import { everyPartition, numbered, range, refused } from './bench.fixture.js';
import type { Cases } from './cases.contract.js';
import { valuesOf } from './read.fixture.js';

/** How a reader reads: where it begins, what it takes in and gives up, and how it waits. */
export const reading: Cases = {
  'reads from the first message on, from an offset on, and what comes from now on': async (bench) => {
    const topic = await bench.topic(range(3).flatMap((partition) => numbered(5, { partition, from: partition * 10 })));
    const follower = await bench.follow();
    await follower.add(
      { topic, partition: 0, offset: 'earliest' },
      { topic, partition: 1, offset: 3 },
      { topic, partition: 2, offset: 'latest' },
    );
    await bench.write(topic, numbered(2, { partition: 2, from: 25 }));
    await follower.until('all are read', () => follower.messages.length >= 9);
    expect([0, 1, 2].map((partition) => follower.values(partition))).toEqual([
      ['0', '1', '2', '3', '4'],
      ['13', '14'],
      ['25', '26'],
    ]);
  },

  'takes in a partition while it reads others, which lose nothing by it': async (bench) => {
    const topic = await bench.topic([...numbered(2_000, { partition: 0 }), ...numbered(100, { partition: 1, from: 5_000 })]);
    const follower = await bench.follow({ maxPollMessages: 50 });
    await follower.add({ topic, partition: 0, offset: 'earliest' });
    await follower.until('it reads', () => follower.messages.length > 0);
    await follower.add({ topic, partition: 1, offset: 'earliest' });
    await follower.until('all are read', () => follower.messages.length >= 2_100);
    expect(follower.values(0)).toEqual(range(2_000).map(String));
    expect(follower.values(1)).toEqual(range(100, 5_000).map(String));
  },

  'goes on from a new place with a partition that is added again, and gives nothing from before': async (bench) => {
    const topic = await bench.topic([...numbered(2_000, { partition: 0 }), ...numbered(3, { partition: 1, from: 5_000 })]);
    const follower = await bench.follow({ maxPollMessages: 100 });
    await follower.add({ topic, partition: 0, offset: 'earliest' }, { topic, partition: 1, offset: 'earliest' });
    for (const offset of [1_500, 20, 1_800, 0, 700, 701]) {
      await follower.until('something is read', () => follower.values(0).length > 0);
      follower.messages.length = 0;
      await follower.add({ topic, partition: 0, offset });
      expect(follower.reader.position({ topic, partition: 0 })).toBe(offset);
      await follower.until('it reads on', () => follower.values(0).length > 0);
      expect([offset, follower.messages.find(({ partition }) => partition === 0)!.offset]).toEqual([offset, offset]);
    }
  },

  'knows the end again of a partition that is added again at its end': async (bench) => {
    const topic = await bench.topic(numbered(3, { partition: 0 }));
    const at = { topic, partition: 0 };
    const follower = await bench.follow();
    await follower.add({ ...at, offset: 'earliest' });
    await follower.reaches(at, 3);
    for (const offset of [2, 'earliest', 1] as const) {
      await follower.add({ ...at, offset });
      await follower.reaches(at, 3);
    }
    expect(follower.values()).toEqual(['0', '1', '2', '2', '0', '1', '2', '1', '2']);
  },

  'gives nothing of a partition that it was told to leave, and the others go on': async (bench) => {
    const topic = await bench.topic([...numbered(2_000, { partition: 0 }), ...numbered(500, { partition: 1, from: 5_000 })]);
    const follower = await bench.follow({ maxPollMessages: 50 });
    await follower.add({ topic, partition: 0, offset: 'earliest' }, { topic, partition: 1, offset: 'earliest' });
    await follower.until('both are read', () => follower.values(0).length > 0 && follower.values(1).length > 0);
    await follower.reader.remove([{ topic, partition: 0 }]);
    const before = follower.values(0).length;
    expect(follower.reader.position({ topic, partition: 0 })).toBeUndefined();
    await follower.until('the other one is read', () => follower.values(1).length >= 500);
    expect(follower.values(0)).toHaveLength(before);
    expect(follower.values(1)).toEqual(range(500, 5_000).map(String));
  },

  'leaves what it does not read without a word': async (bench) => {
    const topic = await bench.topic(numbered(1, { partition: 0 }));
    const follower = await bench.follow();
    await follower.reader.remove([{ topic, partition: 1 }]);
    await follower.add({ topic, partition: 0, offset: 'earliest' });
    await follower.until('it is read', () => follower.messages.length > 0);
  },

  'reads on beyond the end when more is written': async (bench) => {
    const topic = await bench.topic(numbered(2, { partition: 0 }));
    const at = { topic, partition: 0 };
    const follower = await bench.follow();
    await follower.add({ ...at, offset: 'earliest' });
    for (const end of [2, 4, 6]) {
      await follower.reaches(at, end);
      await bench.write(topic, numbered(2, { partition: 0, from: end }));
    }
    await follower.reaches(at, 8);
    expect(follower.values()).toEqual(range(8).map(String));
  },

  'reads many partitions at a time, each in order, and at most as many messages as a poll may return': async (bench) => {
    const topics = await Promise.all(
      range(6).map((index) =>
        bench.topic(range(4).flatMap((partition) => numbered(40, { partition, from: index * 1_000 + partition * 100 }))),
      ),
    );
    const follower = await bench.follow({ maxPollMessages: 60 });
    await follower.add(...topics.flatMap((topic) => everyPartition(topic).map((at) => ({ ...at, offset: 'earliest' as const }))));
    for (const topic of topics) for (const at of everyPartition(topic)) await follower.reaches(at, 40);
    expect(Math.max(...follower.polls)).toBeLessThanOrEqual(60);
    for (const [index, topic] of topics.entries())
      for (const { partition } of everyPartition(topic))
        expect(
          valuesOf(
            follower.messages.filter((each) => each.topic === topic),
            partition,
          ),
        ).toEqual(range(40, index * 1_000 + partition * 100).map(String));
  },

  'answers with an empty list when nothing comes': async (bench) => {
    const topic = await bench.topic(numbered(1, { partition: 0 }));
    const { reader } = await bench.follow();
    expect(await reader.poll()).toEqual([]);
    await reader.add([{ topic, partition: 1, offset: 'earliest' }]);
    expect(await reader.poll()).toEqual([]);
  },

  'ends a waiting poll by wake': async (bench) => {
    const topic = await bench.topic(numbered(1, { partition: 0 }));
    const { reader } = await bench.follow();
    await reader.add([{ topic, partition: 1, offset: 0 }]);
    const begun = performance.now();
    for (const _ of range(20)) {
      const polled = reader.poll();
      reader.wake();
      expect(await polled).toEqual([]);
    }
    expect(performance.now() - begun).toBeLessThan(10_000);
  },

  'refuses a second poll at a time': async (bench) => {
    const { reader } = await bench.follow();
    const polled = reader.poll();
    await refused(reader.poll(), 'LIFECYCLE_ORDER');
    reader.wake();
    await polled;
  },

  'closes twice, also while a poll waits, and refuses every call after that': async (bench) => {
    const topic = await bench.topic(numbered(1, { partition: 0 }));
    const at = { topic, partition: 0 };
    const { reader } = await bench.follow();
    await reader.add([{ ...at, offset: 1 }]);
    const polled = reader.poll();
    await reader.close();
    await reader.close();
    expect(await polled).toEqual([]);
    expect(reader.position(at)).toBeUndefined();
    await refused(reader.add([{ ...at, offset: 0 }]), 'LIFECYCLE_ORDER');
    await refused(reader.remove([at]), 'LIFECYCLE_ORDER');
    await refused(reader.poll(), 'LIFECYCLE_ORDER');
    await refused(reader.ends([at]), 'LIFECYCLE_ORDER');
  },

  'is refused by a transport that is closed': async (bench) => {
    const transport = await bench.broker.transport();
    await transport.close();
    await refused(transport.reader(), 'LIFECYCLE_ORDER');
  },

  'is closed with its transport': async (bench) => {
    const transport = await bench.broker.transport();
    const reader = await transport.reader();
    await transport.close();
    await refused(reader.poll(), 'LIFECYCLE_ORDER');
  },
};
