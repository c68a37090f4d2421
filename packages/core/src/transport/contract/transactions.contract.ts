import { expect } from '@jest/globals';
import { numbered, range, refused } from './bench.fixture.js';
import type { Cases } from './cases.contract.js';
import { ignoring } from './polling-consumer.fixture.js';

/** What is visible of transactions. */
export const transactions: Cases = {
  'shows the messages of a transaction when it is committed, and the offsets with them': {
    needs: ['hide open transactions', 'keep offsets of transactions'],
    run: async (bench) => {
      const input = await bench.topic(numbered(5, { partition: 0 }));
      const output = await bench.topic(numbered(1, { partition: 0 }));
      const group = bench.name('group');
      const member = await bench.join(group, [input]);
      await bench.until('the input is read', () => member.messages.length >= 5);
      const producer = await bench.producer({ transactionalId: bench.name('id') });
      const committed = await bench.read(output);
      const uncommitted = await bench.read(output, 'earliest', { isolation: 'uncommitted' });
      await producer.transactions!.begin();
      for (const index of range(3)) producer.append(output, null, `out-${index}`, 0);
      await producer.flush();
      await uncommitted.has(4);
      await committed.has(1);
      await committed.poll();
      expect(committed.values()).toEqual(['0']);
      await producer.transactions!.commit(member.consumer, [{ topic: input, partition: 0, offset: 5 }]);
      await committed.has(4);
      expect(committed.values()).toEqual(['0', 'out-0', 'out-1', 'out-2']);
      expect(await member.consumer.committed([{ topic: input, partition: 0 }])).toEqual([{ topic: input, partition: 0, offset: 5 }]);
    },
  },

  'tells who takes a partition what was noted beside its offset': {
    needs: ['keep offsets of transactions'],
    run: async (bench) => {
      const input = await bench.topic(numbered(5, { partition: 0 }));
      const group = bench.name('group');
      const member = await bench.join(group, [input]);
      await bench.until('the input is read', () => member.messages.length >= 5);
      const producer = await bench.producer({ transactionalId: bench.name('id') });
      await producer.transactions!.begin();
      await producer.transactions!.commit(member.consumer, [{ topic: input, partition: 0, offset: 3, metadata: 'noted: ž' }]);
      await member.consumer.close();
      const begun: unknown[] = [];
      const next = await bench.consumer({ group });
      await next.subscribe([input], {
        ...ignoring,
        assigned: () => void begun.push('assigned'),
        begins: (positions) => void begun.push(...positions.filter(({ partition }) => partition === 0)),
      });
      const offsets: number[] = [];
      while (offsets.length === 0) for (const batch of await next.poll()) offsets.push(batch.offset(0));
      expect(begun).toEqual(['assigned', { topic: input, partition: 0, offset: 3, metadata: 'noted: ž' }]);
      expect(offsets).toEqual([3]);
    },
  },

  'never shows the messages of an aborted transaction': {
    needs: ['hide open transactions'],
    run: async (bench) => {
      const topic = await bench.topic(numbered(1, { partition: 0 }));
      const producer = await bench.openTransaction(topic, ['aborted']);
      await producer.transactions!.abort();
      await bench.write(topic, numbered(1, { partition: 0, from: 1 }));
      const reader = await bench.read(topic);
      await reader.until('the one after it is read', () => reader.values().includes('1'));
      expect(reader.values()).toEqual(['0', '1']);
      expect(reader.messages[1]!.offset).toBeGreaterThan(2);
    },
  },

  'holds back what lies behind an open transaction': {
    needs: ['hide open transactions'],
    run: async (bench) => {
      const topic = await bench.topic(numbered(1, { partition: 0 }));
      const producer = await bench.openTransaction(topic, ['open']);
      await bench.write(topic, [...numbered(1, { partition: 0, from: 1 }), ...numbered(1, { partition: 1, from: 2 })]);
      const reader = await bench.read(topic);
      await reader.until('the other partition is read', () => reader.values().includes('2'));
      for (const _ of range(2)) await reader.poll();
      expect(reader.values(0)).toEqual(['0']);
      expect(await (await bench.consumer()).watermarks({ topic, partition: 0 })).toEqual({ low: 0, high: 1 });
      await producer.transactions!.commit();
      await reader.until('all are read', () => reader.values(0).length >= 3);
      expect(reader.values(0)).toEqual(['0', 'open', '1']);
    },
  },

  'commits one transaction after another': async (bench) => {
    const topic = await bench.topic(numbered(1, { partition: 0 }));
    const consumer = await bench.consumer();
    const producer = await bench.producer({ transactionalId: bench.name('id') });
    for (const turn of range(3, 1)) {
      await producer.transactions!.begin();
      producer.append(topic, null, String(turn), 0);
      await producer.transactions!.commit(consumer, []);
    }
    const reader = await bench.read(topic);
    await reader.has(4);
    expect(reader.values()).toEqual(range(4).map(String));
  },

  'fences off the older producer of a transactional id': {
    needs: ['fence producers', 'hide open transactions'],
    run: async (bench) => {
      const topic = await bench.topic(numbered(1, { partition: 0 }));
      const transactionalId = bench.name('id');
      const older = await bench.producer({ transactionalId });
      await older.transactions!.begin();
      older.append(topic, null, 'older', 0);
      await older.flush();
      const newer = await bench.producer({ transactionalId });
      await refused(older.transactions!.commit(), 'PRODUCER_FENCED');
      await newer.transactions!.begin();
      newer.append(topic, null, 'newer', 0);
      await newer.transactions!.commit();
      const reader = await bench.read(topic);
      await reader.until('the newer one is read', () => reader.values().includes('newer'));
      expect(reader.values()).toEqual(['0', 'newer']);
    },
  },

  // The worker ended that was halted for longer than the broker keeps a transaction open.
  'goes on with the next transaction where one was fenced off, when nobody else has the id': {
    needs: ['fence producers', 'hide open transactions'],
    run: async (bench) => {
      const topic = await bench.topic(numbered(1, { partition: 0 }));
      const transactionalId = bench.name('id');
      const producer = await bench.producer({ transactionalId, isSole: true });
      const transactions = producer.transactions!;
      for (const step of ['commit', 'flush'] as const) {
        await transactions.begin();
        const sent = producer.send({ topic, key: null, value: `before ${step}`, partition: 0 });
        await sent;
        await (await bench.producer({ transactionalId })).close();
        if (step === 'commit') await refused(transactions.commit(), 'TRANSACTION_ABORTED');
        else {
          producer.append(topic, null, 'refused', 0);
          await expect(producer.flush()).rejects.toThrow();
          await transactions.abort();
        }
        await transactions.begin();
        producer.append(topic, null, `after ${step}`, 0);
        await transactions.commit();
      }
      const reader = await bench.read(topic);
      await reader.until('the last is read', () => reader.values().includes('after flush'));
      expect(reader.values()).toEqual(['0', 'after commit', 'after flush']);
    },
  },

  'has no transactions on a producer without an id': async (bench) => {
    expect((await bench.producer()).transactions).toBeUndefined();
  },
};
