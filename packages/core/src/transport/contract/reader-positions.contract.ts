import { expect } from '@jest/globals';
import type { Bench } from './bench.fixture.js';
import { numbered, range } from './bench.fixture.js';
import type { Cases } from './cases.contract.js';

/** Where a reader says that it stands: behind what it gave out, and beyond what is hidden. */
export const readerPositions: Cases = {
  'knows no position of what it does not read': async (bench) => {
    const topic = await bench.topic(numbered(1, { partition: 0 }));
    const { reader } = await bench.follow();
    expect(reader.position({ topic, partition: 0 })).toBeUndefined();
  },

  'stands at the offset that it begins with, behind each batch, and at the end': async (bench) => {
    const topic = await bench.topic(numbered(10, { partition: 0 }));
    const at = { topic, partition: 0 };
    const follower = await bench.follow({ maxPollMessages: 3 });
    await follower.add({ ...at, offset: 2 }, { topic, partition: 1, offset: 'earliest' });
    expect(follower.reader.position(at)).toBe(2);
    await follower.until('all are read', () => {
      const last = follower.messages.at(-1);
      if (last !== undefined) expect(follower.reader.position(at)).toBe(last.offset + 1);
      return follower.messages.length >= 8;
    });
    await follower.reaches({ topic, partition: 1 }, 0);
    expect(follower.reader.position({ topic, partition: 1 })).toBe(0);
  },

  'comes to the end beyond the marker of a committed transaction': {
    needs: ['hide open transactions'],
    run: async (bench) => {
      const topic = await bench.topic(numbered(1, { partition: 0 }));
      await transaction(bench, topic, ['one', 'two'], 'commit');
      const follower = await fromTheBeginning(bench, topic);
      await follower.reaches({ topic, partition: 0 }, 4);
      expect(follower.values()).toEqual(['0', 'one', 'two']);
      expect(await follower.reader.ends([{ topic, partition: 0 }])).toEqual([{ low: 0, stable: 4, high: 4 }]);
    },
  },

  'comes to the end beyond the messages of an aborted transaction, and beyond many': {
    needs: ['hide open transactions'],
    run: async (bench) => {
      const topic = await bench.topic(numbered(1, { partition: 0 }));
      for (const turn of range(3)) await transaction(bench, topic, [`aborted ${turn}`, 'too'], 'abort');
      const follower = await fromTheBeginning(bench, topic);
      await follower.reaches({ topic, partition: 0 }, 10);
      expect(follower.values()).toEqual(['0']);
      await bench.write(topic, numbered(1, { partition: 0, from: 1 }));
      await follower.reaches({ topic, partition: 0 }, 11);
      expect(follower.values()).toEqual(['0', '1']);
    },
  },

  'comes to the end of a log that holds nothing but what was aborted': {
    needs: ['hide open transactions'],
    run: async (bench) => {
      const topic = await bench.topic();
      await transaction(bench, topic, ['aborted'], 'abort');
      const follower = await fromTheBeginning(bench, topic);
      await follower.reaches({ topic, partition: 0 }, 2);
      expect(follower.values()).toEqual([]);
    },
  },

  'stops where a transaction is open, and goes on when it is decided': {
    needs: ['hide open transactions'],
    run: async (bench) => {
      const topic = await bench.topic(numbered(2, { partition: 0 }));
      const at = { topic, partition: 0 };
      const producer = await bench.producer({ transactionalId: bench.name('id') });
      for (const outcome of ['commit', 'abort'] as const) {
        const follower = await fromTheBeginning(bench, topic);
        const [{ high: begun }] = await follower.reader.ends([at]);
        await producer.transactions!.begin();
        producer.append(topic, null, outcome, 0);
        await producer.flush();
        await bench.write(topic, [{ key: null, value: `behind ${outcome}`, partition: 0 }]);
        expect(await follower.reader.ends([at])).toEqual([{ low: 0, stable: begun, high: begun! + 2 }]);
        await follower.reaches(at, begun!);
        for (const _ of range(2)) await follower.poll();
        expect(follower.reader.position(at)).toBe(begun);
        if (outcome === 'commit') await producer.transactions!.commit();
        else await producer.transactions!.abort();
        await follower.reaches(at, begun! + 3);
        expect(follower.values().slice(2)).toEqual(
          outcome === 'commit' ? ['commit', 'behind commit'] : ['commit', 'behind commit', 'behind abort'],
        );
        expect(await follower.reader.ends([at])).toEqual([{ low: 0, stable: begun! + 3, high: begun! + 3 }]);
      }
    },
  },

  'reads what is not decided, and what was aborted, when it is told to': {
    needs: ['hide open transactions'],
    run: async (bench) => {
      const topic = await bench.topic(numbered(1, { partition: 0 }));
      await transaction(bench, topic, ['aborted'], 'abort');
      const producer = await bench.openTransaction(topic, ['open']);
      const follower = await bench.follow({ isolation: 'uncommitted' });
      await follower.add({ topic, partition: 0, offset: 'earliest' });
      await follower.reaches({ topic, partition: 0 }, 4);
      expect(follower.values()).toEqual(['0', 'aborted', 'open']);
      const later = await bench.follow({ isolation: 'uncommitted' });
      await later.add({ topic, partition: 0, offset: 'latest' });
      expect(later.reader.position({ topic, partition: 0 })).toBe(4);
      await producer.transactions!.abort();
    },
  },

  'begins, with latest, where the first open transaction begins': {
    needs: ['hide open transactions'],
    run: async (bench) => {
      const topic = await bench.topic(numbered(1, { partition: 0 }));
      const producer = await bench.openTransaction(topic, ['open']);
      const follower = await bench.follow();
      await follower.add({ topic, partition: 0, offset: 'latest' });
      await producer.transactions!.commit();
      await follower.reaches({ topic, partition: 0 }, 3);
      expect(follower.values()).toEqual(['open']);
    },
  },

  'comes to the end beyond what compaction took': {
    needs: ['compact'],
    run: async (bench) => {
      const topic = await bench.topic(
        ['a', 'b', 'a', 'c', 'b'].map((key, index) => ({ key, value: String(index), partition: 0 })),
        { 'cleanup.policy': 'compact' },
      );
      await transaction(bench, topic, ['gone'], 'abort', 'd');
      await bench.broker.compact!(topic);
      const follower = await fromTheBeginning(bench, topic);
      await follower.reaches({ topic, partition: 0 }, 7);
      expect(follower.messages.map(({ offset }) => offset)).toEqual([2, 3, 4]);
    },
  },
};

async function transaction(
  bench: Bench,
  topic: string,
  values: readonly string[],
  outcome: 'commit' | 'abort',
  key: string | null = null,
): Promise<void> {
  const producer = await bench.openTransaction(topic, values, key);
  if (outcome === 'commit') await producer.transactions!.commit();
  else await producer.transactions!.abort();
  await producer.close();
}

async function fromTheBeginning(bench: Bench, topic: string) {
  const follower = await bench.follow();
  await follower.add({ topic, partition: 0, offset: 'earliest' });
  return follower;
}
