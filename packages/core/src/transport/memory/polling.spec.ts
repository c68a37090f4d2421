import { describe, expect, it } from '@jest/globals';
import { refused } from '../contract/bench.fixture.js';
import { MemoryGroup } from './memory-group.fixture.js';

describe('a poll in memory', () => {
  it('is answered on a microtask when there are messages', async () => {
    const group = new MemoryGroup();
    await group.write('t', ['a']);
    const consumer = await group.subscribe('t');
    let isAnswered = false;
    void consumer.poll().then(() => {
      isAnswered = true;
    });
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    expect(isAnswered).toBe(true);
    expect(group.clock.nextDue()).toBeUndefined();
  });

  it('waits a second of the clock, and no timer is left behind', async () => {
    const group = new MemoryGroup();
    const consumer = await group.subscribe('t');
    const polled = consumer.poll();
    await group.quiet();
    await group.advance(999);
    expect(group.clock.nextDue()).toBe(group.clock.now() + 1);
    await group.advance(1);
    expect(await polled).toEqual([]);
    const answered = consumer.poll();
    await group.write('t', ['a']);
    expect(await answered).toHaveLength(1);
    expect(group.clock.nextDue()).toBeUndefined();
  });

  it('asks nothing of the clock when it may wait for ever', async () => {
    const group = new MemoryGroup({ pollWaitMs: Number.POSITIVE_INFINITY });
    const consumer = await group.subscribe('t');
    const polled = consumer.poll();
    await group.quiet();
    expect(group.clock.nextDue()).toBeUndefined();
    consumer.wake();
    expect(await polled).toEqual([]);
  });

  it('lets the event loop run though it is always answered at once', async () => {
    const group = new MemoryGroup();
    const consumer = await group.subscribe('t');
    const producer = await group.broker.transport().producer();
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
    const producer = await new MemoryGroup().broker.transport().producer();
    let isRunning = true;
    setImmediate(() => {
      isRunning = false;
    });
    let sends = 0;
    for (; isRunning && sends < 100_000; sends++) await producer.send({ topic: 't', key: null, value: 'again' });
    expect(sends).toBeLessThan(10_000);
  });

  it('shares its messages among partitions, and starts with another every time', async () => {
    const group = new MemoryGroup({ partitions: 3 });
    for (const partition of [0, 1, 2]) await group.write('t', Array(10).fill(String(partition)), partition);
    const consumer = await group.subscribe('t', { maxPollMessages: 6 });
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
    const group = new MemoryGroup({ partitions: 5 });
    for (const partition of [0, 1, 2, 3, 4]) await group.write('t', Array(10).fill(String(partition)), partition);
    const consumer = await group.subscribe('t', { maxPollMessages: 2 });
    const seen = new Set<number>();
    for (let poll = 0; poll < 5; poll++) for (const { partition } of await consumer.poll()) seen.add(partition);
    expect(seen.size).toBe(5);
  });

  it('cannot be called twice at a time, nor after the consumer is closed', async () => {
    const consumer = await new MemoryGroup().subscribe('t');
    const polled = consumer.poll();
    await refused(consumer.poll(), 'LIFECYCLE_ORDER');
    await consumer.close();
    expect(await polled).toEqual([]);
    await refused(consumer.poll(), 'LIFECYCLE_ORDER');
  });

  it('starts anew where retention has dropped what was next', async () => {
    const group = new MemoryGroup();
    await group.write('t', ['a', 'b', 'c', 'd']);
    const consumer = await group.subscribe('t');
    group.broker.truncate({ topic: 't', partition: 0, offset: 2 });
    const [batch] = await consumer.poll();
    expect([batch!.offset(0), batch!.valueText(0), batch!.length]).toEqual([2, 'c', 2]);
    expect(await consumer.watermarks({ topic: 't', partition: 0 })).toEqual({ low: 2, high: 4 });
  });
});

describe('a batch in memory', () => {
  it('gives copies, so that nobody writes into the log', async () => {
    const group = new MemoryGroup();
    await group.write('t', ['abc']);
    const [batch] = await (await group.subscribe('t')).poll();
    batch!.value(0)!.fill(0);
    expect(batch!.valueText(0)).toBe('abc');
    expect(group.broker.messages('t')[0]!.value!.toString()).toBe('abc');
    expect(() => batch!.offset(1)).toThrow(RangeError);
  });

  it('keeps the bytes as they were when the message was taken', async () => {
    const group = new MemoryGroup();
    const producer = await group.broker.transport().producer();
    const value = Buffer.from('abc');
    producer.append('t', null, value);
    value.fill(0);
    await producer.flush();
    expect(group.broker.messages('t')[0]!.value!.toString()).toBe('abc');
  });
});
