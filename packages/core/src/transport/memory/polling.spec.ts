import { describe, expect, it } from '@jest/globals';
import { refused } from '../contract/bench.contract.js';
import { Crew } from './crew.contract.js';

async function assigned(crew: Crew, partitions = 1, maxPollMessages = 1000) {
  const consumer = await crew.broker.transport().consumer({ group: null, maxPollMessages });
  await consumer.assign(Array.from({ length: partitions }, (_, partition) => ({ topic: 't', partition, offset: 'earliest' as const })));
  return consumer;
}

describe('a poll in memory', () => {
  it('is answered on a microtask when there are messages', async () => {
    const crew = new Crew();
    await crew.write('t', ['a']);
    const consumer = await assigned(crew);
    let isAnswered = false;
    void consumer.poll().then(() => {
      isAnswered = true;
    });
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    expect(isAnswered).toBe(true);
    expect(crew.clock.nextDue()).toBeUndefined();
  });

  it('waits a second of the clock, and no timer is left behind', async () => {
    const crew = new Crew();
    const consumer = await assigned(crew);
    const polled = consumer.poll();
    await crew.quiet();
    await crew.advance(999);
    expect(crew.clock.nextDue()).toBe(crew.clock.now() + 1);
    await crew.advance(1);
    expect(await polled).toEqual([]);
    const answered = consumer.poll();
    await crew.write('t', ['a']);
    expect(await answered).toHaveLength(1);
    expect(crew.clock.nextDue()).toBeUndefined();
  });

  it('asks nothing of the clock when it may wait for ever', async () => {
    const crew = new Crew({ pollWaitMs: Number.POSITIVE_INFINITY });
    const consumer = await assigned(crew);
    const polled = consumer.poll();
    await crew.quiet();
    expect(crew.clock.nextDue()).toBeUndefined();
    consumer.wake();
    expect(await polled).toEqual([]);
  });

  it('lets the event loop run though it is always answered at once', async () => {
    const crew = new Crew();
    const consumer = await assigned(crew);
    const producer = await crew.broker.transport().producer();
    let isRunning = true;
    setImmediate(() => {
      isRunning = false;
    });
    let polls = 0;
    for (; isRunning && polls < 100_000; polls++) {
      producer.append('t', null, 'again');
      await producer.flush();
      await consumer.poll();
    }
    expect(polls).toBeLessThan(1_000);
  });

  it('lets the event loop run in a loop of sends', async () => {
    const producer = await new Crew().broker.transport().producer();
    let isRunning = true;
    setImmediate(() => {
      isRunning = false;
    });
    let sends = 0;
    for (; isRunning && sends < 100_000; sends++) await producer.send({ topic: 't', key: null, value: 'again' });
    expect(sends).toBeLessThan(10_000);
  });

  it('shares its messages among partitions, and starts with another every time', async () => {
    const crew = new Crew({ partitions: 3 });
    for (const partition of [0, 1, 2]) await crew.write('t', Array(10).fill(String(partition)), partition);
    const consumer = await assigned(crew, 3, 6);
    const shape = async () => (await consumer.poll()).map(({ partition, length }) => [partition, length]);
    expect(await shape()).toEqual([
      [0, 2],
      [1, 2],
      [2, 2],
    ]);
    expect(await shape()).toEqual([
      [1, 2],
      [2, 2],
      [0, 2],
    ]);
  });

  it('reaches every partition when a poll takes fewer messages than there are partitions', async () => {
    const crew = new Crew({ partitions: 5 });
    for (const partition of [0, 1, 2, 3, 4]) await crew.write('t', Array(10).fill(String(partition)), partition);
    const consumer = await assigned(crew, 5, 2);
    const seen = new Set<number>();
    for (let poll = 0; poll < 5; poll++) for (const { partition } of await consumer.poll()) seen.add(partition);
    expect(seen.size).toBe(5);
  });

  it('cannot be called twice at a time, nor after the consumer is closed', async () => {
    const consumer = await assigned(new Crew());
    const polled = consumer.poll();
    await refused(consumer.poll(), 'LIFECYCLE_ORDER');
    await consumer.close();
    expect(await polled).toEqual([]);
    await refused(consumer.poll(), 'LIFECYCLE_ORDER');
  });

  it('starts anew where retention has dropped what was next', async () => {
    const crew = new Crew();
    await crew.write('t', ['a', 'b', 'c', 'd']);
    const consumer = await assigned(crew);
    crew.broker.truncate({ topic: 't', partition: 0, offset: 2 });
    const [batch] = await consumer.poll();
    expect([batch!.offset(0), batch!.valueText(0), batch!.length]).toEqual([2, 'c', 2]);
    expect(await consumer.watermarks({ topic: 't', partition: 0 })).toEqual({ low: 2, high: 4 });
  });
});

describe('a batch in memory', () => {
  it('gives copies, so that nobody writes into the log', async () => {
    const crew = new Crew();
    await crew.write('t', ['abc']);
    const [batch] = await (await assigned(crew)).poll();
    batch!.value(0)!.fill(0);
    expect(batch!.valueText(0)).toBe('abc');
    expect(crew.broker.messages('t')[0]!.value!.toString()).toBe('abc');
    expect(() => batch!.offset(1)).toThrow(RangeError);
  });

  it('keeps the bytes as they were when the message was taken', async () => {
    const crew = new Crew();
    const producer = await crew.broker.transport().producer();
    const value = Buffer.from('abc');
    producer.append('t', null, value);
    value.fill(0);
    await producer.flush();
    expect(crew.broker.messages('t')[0]!.value!.toString()).toBe('abc');
  });
});
