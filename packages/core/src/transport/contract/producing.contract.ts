import { expect } from '@jest/globals';
import { numbered, range, refused } from './bench.fixture.js';
import type { Cases } from './cases.contract.js';

/** What a producer does with what it is given. */
export const producing: Cases = {
  'writes in the order of the calls, whichever of append and send is used': async (bench) => {
    const topic = await bench.topic(numbered(1, { partition: 0 }));
    const producer = await bench.producer();
    const positions = [];
    for (let index = 1; index <= 60; index++) {
      if (index % 3 === 0) positions.push(producer.send({ topic, key: null, value: String(index), partition: 0 }));
      else producer.append(topic, null, String(index), 0);
    }
    await producer.flush();
    expect((await Promise.all(positions)).map(({ offset }) => offset)).toEqual(range(20).map((index) => index * 3 + 3));
    const reader = await bench.read(topic);
    await reader.has(61);
    expect(reader.values()).toEqual(range(61).map(String));
  },

  'tells by send where a message was written': async (bench) => {
    const topic = await bench.topic();
    const producer = await bench.producer();
    expect(await producer.send({ topic, key: null, value: 'first', partition: 2 })).toEqual({ topic, partition: 2, offset: 0 });
    expect(await producer.send({ topic, key: null, value: 'second', partition: 2 })).toEqual({ topic, partition: 2, offset: 1 });
  },

  'sends a message alone in the order of the calls, and what comes after it goes on': async (bench) => {
    const topic = await bench.topic(numbered(1, { partition: 0 }));
    const producer = await bench.producer();
    for (const index of range(5)) producer.append(topic, null, String(index + 1), 0);
    const alone = producer.sendAlone({ topic, key: null, value: '6', partition: 0 });
    for (const index of range(3)) producer.append(topic, null, String(index + 7), 0);
    const last = producer.sendAlone({ topic, key: null, value: '10', partition: 0 });
    await producer.flush();
    expect([await alone, await last].map(({ offset }) => offset)).toEqual([6, 10]);
    const reader = await bench.read(topic);
    await reader.has(11);
    expect(reader.values()).toEqual(range(11).map(String));
  },

  'has with the broker what it took before a flush': async (bench) => {
    const topic = await bench.topic(numbered(1, { partition: 0 }));
    const producer = await bench.producer();
    for (const index of range(500)) producer.append(topic, null, String(index), 0);
    await producer.flush();
    const { reader } = await bench.follow();
    expect(await reader.ends([{ topic, partition: 0 }])).toEqual([{ low: 0, stable: 501, high: 501 }]);
  },

  'hands over without a flush': async (bench) => {
    const topic = await bench.topic(numbered(1, { partition: 0 }));
    const reader = await bench.read(topic);
    const producer = await bench.producer();
    producer.append(topic, null, '1', 0);
    producer.handOver();
    await reader.has(2);
    expect(reader.values()).toEqual(['0', '1']);
  },

  'resolves a flush when nothing waits': async (bench) => {
    const producer = await bench.producer();
    await producer.flush();
    await producer.flush();
    await producer.drained();
    expect(producer.isFull).toBe(false);
  },

  'refuses a message that is too large and tells who sent it': async (bench) => {
    const topic = await bench.topic(numbered(1, { partition: 0 }));
    const producer = await bench.producer();
    await refused(producer.send({ topic, key: null, value: Buffer.alloc(20_000_000), partition: 0 }), 'DELIVERY_FAILED');
    await producer.flush();
    expect(await producer.send({ topic, key: null, value: 'small', partition: 0 })).toMatchObject({ offset: 1 });
  },

  'refuses a message that is too large at append, or at the flush after it': async (bench) => {
    const topic = await bench.topic(numbered(1, { partition: 0 }));
    const producer = await bench.producer();
    const appendAndFlush = async () => {
      producer.append(topic, null, Buffer.alloc(20_000_000), 0);
      await producer.flush();
    };
    await refused(appendAndFlush(), 'DELIVERY_FAILED');
    producer.append(topic, null, 'small', 0);
    await producer.flush();
    const reader = await bench.read(topic);
    await reader.has(2);
    expect(reader.values()).toEqual(['0', 'small']);
  },

  // In memory it was TOPIC_MISSING, which is no refusal of the message: the event that had sent it ran again for ever.
  'refuses a message to a partition that is not there, at send, and at append or the flush after it': async (bench) => {
    const topic = await bench.topic(numbered(1, { partition: 0 }));
    const producer = await bench.producer();
    await refused(producer.send({ topic, key: null, value: 'lost', partition: 99 }), 'DELIVERY_FAILED');
    const appendAndFlush = async () => {
      producer.append(topic, null, 'lost', 99);
      await producer.flush();
    };
    await refused(appendAndFlush(), 'DELIVERY_FAILED');
    await producer.flush();
    expect(await producer.send({ topic, key: null, value: 'kept', partition: 0 })).toMatchObject({ offset: 1 });
  },

  'refuses what the settings of the topic exclude: no key where it is compacted, a timestamp beyond the limits': {
    needs: ['create topics'],
    run: async (bench) => {
      const compacted = await bench.topic([], { 'cleanup.policy': 'compact' });
      const hour = String(3_600_000);
      const timed = await bench.topic([], { 'message.timestamp.before.max.ms': hour, 'message.timestamp.after.max.ms': hour });
      const producer = await bench.producer();
      const now = (await producer.send({ topic: timed, key: null, value: 'now', partition: 0 })).offset;
      await refused(producer.send({ topic: compacted, key: null, value: 'v', partition: 0 }), 'DELIVERY_FAILED');
      await refused(producer.send({ topic: timed, key: null, value: 'old', partition: 0, timestamp: 1_000 }), 'DELIVERY_FAILED');
      await refused(
        producer.send({ topic: timed, key: null, value: 'ahead', partition: 0, timestamp: 4_000_000_000_000 }),
        'DELIVERY_FAILED',
      );
      expect(await producer.send({ topic: compacted, key: 'k', value: 'v', partition: 0 })).toMatchObject({ offset: 0 });
      expect(await producer.send({ topic: timed, key: null, value: 'now', partition: 0 })).toMatchObject({ offset: now + 1 });
      await producer.flush();
    },
  },

  'gives messages the time of the broker where the topic says so': {
    needs: ['create topics'],
    run: async (bench) => {
      const topic = await bench.topic([{ key: null, value: '0', partition: 0, timestamp: 1_000 }], {
        'message.timestamp.type': 'LogAppendTime',
      });
      const reader = await bench.read(topic);
      await reader.has(1);
      expect(reader.messages[0]!.timestamp).toBeGreaterThan(900_000_000_000);
    },
  },

  'counts a send that failed unseen at the next flush': async (bench) => {
    const topic = await bench.topic(numbered(1, { partition: 0 }));
    const producer = await bench.producer();
    void producer.send({ topic, key: null, value: Buffer.alloc(20_000_000), partition: 0 });
    await refused(producer.flush(), 'DELIVERY_FAILED');
    await producer.flush();
    void producer.sendAlone({ topic, key: null, value: Buffer.alloc(20_000_000), partition: 0 });
    await refused(producer.flush(), 'DELIVERY_FAILED');
    await producer.flush();
  },

  'asks for patience when full, and drains': async (bench) => {
    const topic = await bench.topic(numbered(1, { partition: 0 }));
    const producer = await bench.producer();
    let count = 0;
    while (!producer.isFull && count < 150_000) {
      producer.append(topic, null, null, count % 4);
      count++;
    }
    await producer.drained();
    expect(producer.isFull).toBe(false);
    await producer.flush();
    const { reader } = await bench.follow();
    const end = Math.floor(count / 4);
    expect(await reader.ends([{ topic, partition: 3 }])).toEqual([{ low: 0, stable: end, high: end }]);
  },

  'delivers what it took when it is closed, and closes twice': async (bench) => {
    const topic = await bench.topic(numbered(1, { partition: 0 }));
    const producer = await bench.producer();
    producer.append(topic, null, '1', 0);
    await producer.close();
    await producer.close();
    const reader = await bench.read(topic);
    await reader.has(2);
  },
};
