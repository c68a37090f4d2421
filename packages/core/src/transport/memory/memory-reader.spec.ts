import { beforeEach, describe, expect, it } from '@jest/globals';
import { TransportError } from '../../errors/index.js';
import { refused } from '../contract/bench.fixture.js';
import type { ReaderOptions } from '../reader.js';
import { MemoryGroup } from './memory-group.fixture.js';

const at = { topic: 't', partition: 0 };
let group: MemoryGroup;
beforeEach(() => {
  group = new MemoryGroup({ partitions: 3 });
});

async function reading(options?: ReaderOptions, partitions = 1) {
  const transport = group.broker.transport();
  const reader = await transport.reader(options);
  await reader.add(Array.from({ length: partitions }, (_, partition) => ({ topic: 't', partition, offset: 'earliest' as const })));
  return { transport, reader };
}

describe('a reader in memory', () => {
  it('waits a second of the clock, and no timer is left behind', async () => {
    await group.write('t', ['a']);
    const { reader } = await reading();
    await reader.poll();
    const polled = reader.poll();
    await group.quiet();
    await group.advance(999);
    expect(group.clock.nextDue()).toBe(group.clock.now() + 1);
    await group.advance(1);
    expect(await polled).toEqual([]);
    const answered = reader.poll();
    await group.write('t', ['b'], 0);
    expect(await answered).toHaveLength(1);
    expect(group.clock.nextDue()).toBeUndefined();
  });

  it('answers before its second is over when it has come further without a message', async () => {
    const producer = await group.broker.transport().producer({ transactionalId: 'id' });
    await producer.transactions!.begin();
    producer.append('t', null, 'aborted', 0);
    await producer.flush();
    const { reader } = await reading();
    expect([await reader.poll(), reader.position(at)]).toEqual([[], 0]);
    const polled = reader.poll();
    await producer.transactions!.abort();
    expect(await polled).toEqual([]);
    expect(reader.position(at)).toBe(2);
    expect(group.clock.nextDue()).toBeUndefined();
  });

  it('shares its messages among partitions, and starts with another every time', async () => {
    for (const partition of [0, 1, 2]) await group.write('t', Array(10).fill(String(partition)), partition);
    const { reader } = await reading({ maxPollMessages: 6 }, 3);
    const shape = async () => (await reader.poll()).map(({ partition, length }) => [partition, length]);
    expect([await shape(), await shape()]).toEqual([
      [
        [0, 2],
        [1, 2],
        [2, 2],
      ],
      [
        [1, 2],
        [2, 2],
        [0, 2],
      ],
    ]);
  });

  it('lets the event loop run though it is always answered at once', async () => {
    await group.write('t', ['a'], 0);
    const { reader } = await reading();
    let isRunning = true;
    setImmediate(() => {
      isRunning = false;
    });
    let polls = 0;
    for (; isRunning && polls < 1_000; polls++) {
      await group.write('t', ['again'], 0);
      await reader.poll();
    }
    expect(polls).toBeLessThan(1_000);
  });

  it('counts as something that may poll until it has read all', async () => {
    await group.write('t', ['a'], 0);
    const { reader } = await reading();
    expect(group.broker.isQuiet()).toBe(false);
    await reader.poll();
    expect(group.broker.isQuiet()).toBe(true);
  });

  it('creates no topic', async () => {
    const reader = await group.broker.transport().reader();
    await refused(reader.add([{ topic: 'none', partition: 0, offset: 0 }]), 'TOPIC_MISSING');
    await refused(reader.ends([{ topic: 'none', partition: 0 }]), 'TOPIC_MISSING');
    expect(group.broker.topics()).toEqual([]);
  });

  it('says that it is out of range also when what it would read next is cut off meanwhile', async () => {
    await group.write('t', ['a', 'b', 'c', 'd'], 0);
    const { reader } = await reading({ maxPollMessages: 1 });
    await reader.poll();
    group.broker.truncate({ ...at, offset: 2 });
    await expect(reader.poll()).rejects.toMatchObject({
      code: 'OFFSET_OUT_OF_RANGE',
      partition: at,
      message: expect.stringContaining('from 2 to 4'),
    });
    await refused(reader.poll(), 'OFFSET_OUT_OF_RANGE');
    await reader.remove([at]);
  });

  it('does not take a topic that was made anew for the one that was deleted', async () => {
    await group.write('t', ['a'], 0);
    const { reader } = await reading();
    await reader.poll();
    group.broker.deleteTopic('t');
    await group.write('t', ['b'], 0);
    await refused(reader.poll(), 'TOPIC_MISSING');
  });
});

describe('faults of the broker, for a reader in memory', () => {
  it('down lets a poll wait, refuses what has to ask the broker, and up has it go on', async () => {
    await group.write('t', ['a'], 0);
    const { transport, reader } = await reading();
    group.broker.faults.down();
    const polled = reader.poll();
    await group.quiet();
    const unreachable = { code: 'BROKER_UNREACHABLE', retriable: true };
    for (const call of [() => transport.reader(), () => reader.ends([at]), () => reader.add([{ ...at, offset: 0 }])])
      await expect(call()).rejects.toMatchObject(unreachable);
    await reader.remove([{ topic: 't', partition: 1 }]);
    expect(reader.position(at)).toBeUndefined();
    group.broker.faults.up();
    expect((await polled).map(({ length }) => length)).toEqual([1]);
    group.broker.faults.down();
    await reader.close();
  });

  it('freeze serves nothing of a partition until thaw, its ends move on, and others flow', async () => {
    await group.write('t', ['a'], 1);
    group.broker.faults.freeze(at);
    await group.write('t', ['b'], 0);
    const { reader } = await reading(undefined, 2);
    expect((await reader.poll()).map(({ partition }) => partition)).toEqual([1]);
    expect(await reader.ends([at])).toEqual([{ low: 0, stable: 1, high: 1 }]);
    const polled = reader.poll();
    group.broker.faults.thaw(at);
    expect((await polled).map(({ partition }) => partition)).toEqual([0]);
  });

  it('duplicate gives it nothing twice', async () => {
    await group.write('t', ['a', 'b'], 0);
    const { reader } = await reading();
    await reader.poll();
    group.broker.faults.duplicate(2);
    const polled = reader.poll();
    await group.quiet();
    reader.wake();
    expect(await polled).toEqual([]);
  });

  it('failPolls rejects polls, also one that waits, until it is taken back', async () => {
    await group.write('t', ['a'], 0);
    const { reader } = await reading();
    await reader.poll();
    const waiting = reader.poll();
    group.broker.faults.failPolls(new TransportError('ERR__STATE', { code: 'CLIENT_FATAL' }));
    await refused(waiting, 'CLIENT_FATAL');
    await refused(reader.poll(), 'CLIENT_FATAL');
    group.broker.faults.failPolls(undefined);
    await group.write('t', ['b'], 0);
    expect(await reader.poll()).toHaveLength(1);
  });

  it('failClients breaks it for good', async () => {
    await group.write('t', ['a'], 0);
    const { reader } = await reading();
    const error = new TransportError('a fatal error', { code: 'CLIENT_FATAL', fatal: true });
    group.broker.faults.failClients(error);
    await expect(reader.poll()).rejects.toBe(error);
    await expect(reader.poll()).rejects.toBe(error);
    await reader.close();
  });

  it('a crash leaves whoever waits for it waiting', async () => {
    await group.write('t', ['a'], 0);
    const { transport, reader } = await reading();
    await reader.poll();
    const heard: string[] = [];
    const hear = () => void heard.push('something');
    void reader.poll().then(hear, hear);
    transport.crash();
    void reader.poll().then(hear, hear);
    void reader.ends([at]).then(hear, hear);
    await group.write('t', ['b'], 0);
    await group.quiet();
    expect(heard).toEqual([]);
    await reader.close();
  });
});
