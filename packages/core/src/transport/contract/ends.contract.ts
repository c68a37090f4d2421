import { expect } from '@jest/globals';
import { everyPartition, numbered, range, refused } from './bench.fixture.js';
import type { Cases } from './cases.contract.js';
import type { Follower } from './follower.fixture.js';

/** What a reader says of the ends of logs, and of what lies outside of them. */
export const ends: Cases = {
  'tells the ends of logs, in the order of the question': async (bench) => {
    const topic = await bench.topic([...numbered(3, { partition: 2 }), ...numbered(1, { partition: 0 })]);
    const { reader } = await bench.follow();
    const asked = [2, 1, 0, 2].map((partition) => ({ topic, partition }));
    expect(await reader.ends(asked)).toEqual([3, 0, 1, 3].map((end) => ({ low: 0, stable: end, high: end })));
    expect(await reader.ends([])).toEqual([]);
  },

  'begins at what is left of a log that was cut off': {
    needs: ['delete records'],
    run: async (bench) => {
      const topic = await bench.topic(numbered(10, { partition: 0 }));
      await bench.broker.truncate!({ topic, partition: 0, offset: 6 });
      const follower = await bench.follow();
      await follower.add({ topic, partition: 0, offset: 'earliest' });
      await follower.reaches({ topic, partition: 0 }, 10);
      expect(follower.values()).toEqual(['6', '7', '8', '9']);
      expect(await follower.reader.ends([{ topic, partition: 0 }])).toEqual([{ low: 6, stable: 10, high: 10 }]);
    },
  },

  'says of a log that begins after the offset that it is out of range, until it is told what to do, and the others are read': {
    needs: ['delete records'],
    run: async (bench) => {
      const topic = await bench.topic([...numbered(10, { partition: 0 }), ...numbered(2, { partition: 1, from: 50 })]);
      const at = { topic, partition: 0 };
      await bench.broker.truncate!({ ...at, offset: 6 });
      const follower = await bench.follow();
      await follower.add({ ...at, offset: 5 }, { topic, partition: 1, offset: 'earliest' });
      for (const _ of range(2)) await refused(untilRefused(follower), 'OFFSET_OUT_OF_RANGE');
      expect(await follower.poll().catch((error) => error.partition)).toEqual(at);
      expect(follower.values(0)).toEqual([]);
      await follower.reader.remove([at]);
      await follower.reaches({ topic, partition: 1 }, 2);
      await follower.add({ ...at, offset: 6 });
      await follower.reaches(at, 10);
      expect([follower.values(0), follower.values(1)]).toEqual([
        ['6', '7', '8', '9'],
        ['50', '51'],
      ]);
    },
  },

  'says of an offset beyond the end that it is out of range': async (bench) => {
    const topic = await bench.topic(numbered(3, { partition: 0 }));
    const follower = await bench.follow();
    await follower.add({ topic, partition: 0, offset: 4 });
    await refused(untilRefused(follower), 'OFFSET_OUT_OF_RANGE');
    await follower.add({ topic, partition: 0, offset: 3 });
    await bench.write(topic, numbered(1, { partition: 0, from: 3 }));
    await follower.reaches({ topic, partition: 0 }, 4);
    expect(follower.values()).toEqual(['3']);
  },

  'says of a topic that was deleted that it is missing': {
    needs: ['delete topics'],
    run: async (bench) => {
      const [topic, other] = await Promise.all([bench.topic(numbered(1, { partition: 0 })), bench.topic(numbered(1, { partition: 0 }))]);
      const follower = await bench.follow();
      await follower.add({ topic, partition: 0, offset: 'earliest' }, { topic: other, partition: 0, offset: 'earliest' });
      await follower.until('both are read', () => follower.messages.length >= 2);
      await bench.broker.remove!(topic);
      await refused(untilRefused(follower), 'TOPIC_MISSING');
      await follower.reader.remove([{ topic, partition: 0 }]);
      await bench.write(other, numbered(1, { partition: 0, from: 1 }));
      await follower.reaches({ topic: other, partition: 0 }, 2);
    },
  },

  'says of a topic or a partition that does not exist that it is missing': {
    needs: ['create topics'],
    run: async (bench) => {
      const topic = await bench.topic();
      const { reader } = await bench.follow();
      await refused(reader.ends([{ topic: bench.name('topic'), partition: 0 }]), 'TOPIC_MISSING');
      await refused(reader.ends([...everyPartition(topic), { topic, partition: 77 }]), 'TOPIC_MISSING');
    },
  },
};

/** Polls until a poll is refused. */
function untilRefused(follower: Follower): Promise<void> {
  return follower.until('a poll is refused', () => false);
}
