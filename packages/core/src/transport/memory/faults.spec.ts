import { beforeEach, describe, expect, it } from '@jest/globals';
import { TransportError } from '../../errors/index.js';
import { refused } from '../contract/bench.fixture.js';
import { gate, MemoryGroup } from './memory-group.fixture.js';

let group: MemoryGroup;
beforeEach(() => {
  group = new MemoryGroup({ partitions: 2 });
});

describe('faults of partitions', () => {
  it('freeze serves nothing of a partition until thaw, and others flow', async () => {
    const member = await group.join(['t']);
    group.broker.faults.freeze({ topic: 't', partition: 0 });
    await group.write('t', ['a'], 0);
    await group.write('t', ['b'], 1);
    await group.quiet();
    expect(member.values()).toEqual(['b']);
    expect(await member.consumer.watermarks({ topic: 't', partition: 0 })).toEqual({ low: 0, high: 1 });
    group.broker.faults.thaw({ topic: 't', partition: 0 });
    await group.quiet();
    expect(member.values()).toEqual(['b', 'a']);
  });

  it('duplicate delivers the last messages once more', async () => {
    const member = await group.join(['t']);
    await group.write('t', ['a', 'b', 'c'], 0);
    await group.quiet();
    group.broker.faults.duplicate(2);
    await group.write('t', ['d'], 0);
    await group.quiet();
    expect(member.values()).toEqual(['a', 'b', 'c', 'b', 'c', 'd']);
  });

  it('revokeNow awaits the listener, then assigns anew', async () => {
    const { opened, open } = gate();
    const member = await group.join(['t'], {}, { revoked: () => opened });
    await group.quiet();
    group.broker.faults.revokeNow([{ topic: 't', partition: 1 }]);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(group.broker.isRebalancing).toBe(true);
    expect(member.history).toEqual(['assigned t[0]', 'assigned t[1]', 'revoking t[1]']);
    await group.write('t', ['a'], 0);
    await member.consumer.commit([{ topic: 't', partition: 1, offset: 0 }]);
    open();
    await group.quiet();
    expect(member.history.slice(3)).toEqual(['read t[0]@0', 'revoked t[1]', 'assigned t[1]']);
  });

  it('losePartition asks nobody, and refuses commits meanwhile', async () => {
    const { opened, open } = gate();
    let isFirst = true;
    const assigned = () => (isFirst ? undefined : opened);
    const member = await group.join(['t'], {}, { assigned });
    await group.quiet();
    isFirst = false;
    group.broker.faults.losePartition({ topic: 't', partition: 1 });
    await refused(member.consumer.commit([{ topic: 't', partition: 1, offset: 0 }]), 'COMMIT_FAILED');
    expect(member.history.at(-1)).toBe('lost t[1]');
    open();
    await group.quiet();
    expect(member.history.slice(2)).toEqual(['lost t[1]', 'assigned t[1]']);
  });

  // It came to whoever had the partition anew, which then began with it, and not where it should have.
  it('losePartition gives nothing that was polled before to whoever has the partition anew', async () => {
    for (let turns = 0; turns < 40; turns++) {
      const other = new MemoryGroup({ partitions: 1 });
      const member = await other.join(['t']);
      await other.quiet();
      const producer = await other.broker.transport().producer();
      producer.append('t', null, 'a');
      const flushed = producer.flush();
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      other.broker.faults.losePartition({ topic: 't', partition: 0 });
      await flushed;
      await other.quiet();
      const anew = member.history.slice(member.history.lastIndexOf('assigned t[0]') + 1);
      expect(anew).toEqual(['read t[0]@0']);
    }
  });
});

describe('faults of commits', () => {
  it('dropCommits stores nothing, so many times, and a retry helps', async () => {
    const member = await group.join(['t']);
    await group.quiet();
    group.broker.faults.dropCommits(2);
    for (const _ of [1, 2]) {
      await expect(member.consumer.commit([{ topic: 't', partition: 0, offset: 7 }])).rejects.toMatchObject({
        code: 'COMMIT_FAILED',
        retriable: true,
      });
    }
    expect(group.broker.committed('group', 't', 0)).toBe(-1);
    await member.consumer.commit([{ topic: 't', partition: 0, offset: 7 }]);
    expect(group.broker.committed('group', 't', 0)).toBe(7);
  });
});

describe('faults of producers', () => {
  it('failProduce refuses the next messages, so many', async () => {
    const producer = await group.broker.transport().producer();
    group.broker.faults.failProduce(1);
    await refused(producer.send({ topic: 't', key: null, value: 'a' }), 'DELIVERY_FAILED');
    await producer.flush();
    await producer.send({ topic: 't', key: null, value: 'b' });
    expect(group.broker.messages('t').map(({ value }) => String(value))).toEqual(['b']);
  });

  it('failProduce refuses what a predicate picks, with a given error, until it is taken back', async () => {
    const producer = await group.broker.transport().producer();
    const error = new TransportError('leader is moving', { code: 'DELIVERY_FAILED', retriable: true });
    const stop = group.broker.faults.failProduce(({ topic }) => topic === 'dead', error);
    producer.append('t', null, 'a');
    producer.append('dead', null, 'b');
    producer.append('dead', null, 'c');
    await expect(producer.flush()).rejects.toMatchObject({
      code: 'DELIVERY_FAILED',
      retriable: true,
      failures: [
        { message: { topic: 'dead', value: 'b' }, error },
        { message: { topic: 'dead', value: 'c' }, error },
      ],
    });
    stop();
    producer.append('dead', null, 'd');
    await producer.flush();
    expect(group.broker.messages('t')).toHaveLength(1);
    expect(group.broker.messages('dead').map(({ value }) => String(value))).toEqual(['d']);
  });

  it('delayProduce holds messages back on the clock and keeps their order', async () => {
    const producer = await group.broker.transport().producer();
    group.broker.faults.delayProduce(500);
    producer.append('t', null, 'a', 0);
    let isFlushed = false;
    const flushed = producer.flush().then(() => {
      isFlushed = true;
    });
    group.broker.faults.delayProduce(0);
    producer.append('t', null, 'b', 0);
    producer.handOver();
    await group.quiet();
    expect(group.broker.messages('t')).toEqual([]);
    await group.advance(499);
    expect([isFlushed, group.broker.messages('t')]).toEqual([false, []]);
    await group.advance(1);
    await flushed;
    expect(group.broker.messages('t').map(({ value }) => String(value))).toEqual(['a', 'b']);
  });

  it('fenceProducer fences the holder of an id off and aborts its transaction', async () => {
    const transport = group.broker.transport();
    const producer = await transport.producer({ transactionalId: 'id' });
    await producer.transactions!.begin();
    await producer.send({ topic: 't', key: null, value: 'a' });
    group.broker.faults.fenceProducer('id');
    await refused(producer.transactions!.commit(), 'PRODUCER_FENCED');
    await refused(producer.transactions!.begin(), 'PRODUCER_FENCED');
    await refused(producer.send({ topic: 't', key: null, value: 'b' }), 'PRODUCER_FENCED');
    expect(group.broker.messages('t')).toEqual([]);
  });
});

describe('faults of the broker', () => {
  it('down rejects every call for a broker as retriable, gives nothing, and keeps what is produced until up', async () => {
    const { broker } = group;
    const transport = broker.transport();
    const member = await group.join(['t']);
    const producer = await transport.producer();
    const admin = await transport.admin();
    await group.write('t', ['a'], 0);
    await group.quiet();
    broker.faults.down();
    producer.append('t', null, 'b', 0);
    const flushed = producer.flush();
    const unreachable = { code: 'BROKER_UNREACHABLE', retriable: true };
    const partition = { topic: 't', partition: 0 };
    for (const call of [
      () => member.consumer.commit([{ ...partition, offset: 1 }]),
      () => member.consumer.committed([partition]),
      () => member.consumer.watermarks(partition),
      () => admin.topics(),
      () => admin.create([]),
      () => transport.consumer({ group: 'group' }),
      () => transport.producer(),
      () => transport.admin(),
    ]) {
      await expect(call()).rejects.toMatchObject(unreachable);
    }
    // The client does that by itself.
    await member.consumer.seek([{ ...partition, offset: 0 }]);
    await group.quiet();
    expect(member.values()).toEqual(['a']);
    expect(broker.messages('t')).toHaveLength(1);
    broker.faults.up();
    await flushed;
    await group.quiet();
    expect(member.values()).toEqual(['a', 'a', 'b']);
    await member.consumer.commit([{ ...partition, offset: 2 }]);
  });

  it('down assigns nothing to anybody until up', async () => {
    const first = await group.join(['t']);
    await group.quiet();
    group.broker.faults.down();
    group.broker.faults.losePartition({ topic: 't', partition: 0 });
    await group.quiet();
    expect([...first.owned]).toEqual(['t[1]']);
    group.broker.faults.up();
    await group.quiet();
    expect([...first.owned]).toEqual(['t[1]', 't[0]']);
  });

  it('lets everything be closed while the broker is down', async () => {
    const member = await group.join(['t']);
    const producer = await member.transport.producer();
    await group.quiet();
    group.broker.faults.down();
    const lost = producer.send({ topic: 't', key: null, value: 'a' });
    await member.transport.close();
    await refused(lost, 'DELIVERY_FAILED');
    expect(member.owned.size).toBe(0);
    group.broker.faults.up();
    expect(group.broker.messages('t')).toEqual([]);
  });

  it('failPolls rejects polls, also one that waits, until it is taken back', async () => {
    const consumer = await group.subscribe('t');
    const waiting = consumer.poll();
    group.broker.faults.failPolls(new TransportError('ERR__STATE', { code: 'CLIENT_FATAL' }));
    await refused(waiting, 'CLIENT_FATAL');
    await refused(consumer.poll(), 'CLIENT_FATAL');
    group.broker.faults.failPolls(undefined);
    await group.write('t', ['a'], 0);
    expect(await consumer.poll()).toHaveLength(1);
  });

  it('failClients breaks consumers for good and tells the listener', async () => {
    const member = await group.join(['t']);
    const heir = await group.join(['u']);
    await group.quiet();
    const error = new TransportError('a fatal error', { code: 'CLIENT_FATAL', fatal: true });
    group.broker.faults.failClients(error);
    await group.quiet();
    expect([member.error, heir.error]).toEqual([error, error]);
    await member.stop();
    await expect(member.consumer.poll()).rejects.toBe(error);
    const next = await group.join(['t']);
    await group.quiet();
    expect(next.owned.size).toBe(2);
  });
});
