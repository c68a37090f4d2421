import { describe, expect, it } from '@jest/globals';
import { refused } from '../../contract/bench.fixture.js';
import { gate, MemoryGroup } from '../memory-group.fixture.js';

describe('a group in memory', () => {
  it('keeps partitions that do not move flowing while others are handed over', async () => {
    const group = new MemoryGroup({ partitions: 4 });
    const { opened, open } = gate();
    const first = await group.join(['t'], {}, { revoked: () => opened });
    await group.quiet();
    const second = await group.join(['t']);
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    for (const partition of [0, 1, 2, 3]) await group.write('t', ['a'], partition);
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    expect(first.messages).toHaveLength(2);
    expect(second.messages).toEqual([]);
    expect(group.broker.isQuiet()).toBe(false);
    open();
    await group.quiet();
    expect([first.messages.length, second.messages.length]).toEqual([2, 2]);
  });

  it('stops everything before it assigns anything when it is eager', async () => {
    const group = new MemoryGroup({ partitions: 4, handover: 'eager' });
    const first = await group.join(['t']);
    await group.quiet();
    const second = await group.join(['t']);
    await group.quiet();
    expect(first.history.filter((event) => event.startsWith('revoked'))).toHaveLength(4);
    expect([first.owned.size, second.owned.size]).toEqual([2, 2]);
    await first.close();
    await group.quiet();
    expect(second.owned.size).toBe(4);
  });

  it('gives what a crashed member had to others at once, from the last commit on', async () => {
    const group = new MemoryGroup({ partitions: 2 });
    const first = await group.join(['t']);
    await group.write('t', ['a', 'b', 'c'], 0);
    await group.quiet();
    await first.consumer.commit([{ topic: 't', partition: 0, offset: 1 }]);
    const second = await group.join(['u', 't']);
    await group.quiet();
    first.crash();
    await group.quiet();
    expect([...second.owned].sort()).toEqual(['t[0]', 't[1]', 'u[0]', 'u[1]']);
    expect(second.values()).toEqual(['b', 'c']);
  });

  it('tells a crashed client nothing and lets nothing it does through', async () => {
    const group = new MemoryGroup();
    const member = await group.join(['t']);
    const producer = await member.transport.producer({ transactionalId: 'id' });
    const plain = await member.transport.producer();
    await group.quiet();
    await producer.transactions!.begin();
    await producer.send({ topic: 't', key: null, value: 'in a transaction' });
    plain.append('t', null, 'not handed over');
    const { history } = member;
    const before = history.length;
    member.crash();
    let settled = 0;
    const count = () => settled++;
    for (const call of [
      member.consumer.poll(),
      member.consumer.commit([{ topic: 't', partition: 0, offset: 1 }]),
      plain.flush(),
      plain.send({ topic: 't', key: null, value: 'late' }),
      producer.transactions!.abort(),
    ]) {
      call.then(count, count);
    }
    plain.append('t', null, 'late');
    plain.handOver();
    await group.quiet();
    expect([settled, history.length]).toEqual([0, before]);
    expect([group.broker.messages('t'), group.broker.messages('t', 'uncommitted').length, group.broker.committed('group', 't', 0)]).toEqual(
      [[], 1, -1],
    );
    await member.transport.close();
  });

  it('frees what a crashed member had while it was handing it over', async () => {
    const group = new MemoryGroup({ partitions: 2 });
    const first = await group.join(['t'], {}, { revoked: () => new Promise(() => undefined) });
    await group.quiet();
    const second = await group.join(['t']);
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    expect(second.owned.size).toBe(0);
    first.crash();
    await group.quiet();
    expect(second.owned.size).toBe(2);
  });

  it('waits for a crashed member until its session ends, when told so', async () => {
    const group = new MemoryGroup({ partitions: 2, sessionTimeoutMs: 6_000 });
    const first = await group.join(['t']);
    await group.quiet();
    first.crash();
    const second = await group.join(['t']);
    await group.advance(5_999);
    await group.quiet();
    expect(second.owned.size).toBe(0);
    await group.advance(1);
    await group.quiet();
    expect(second.owned.size).toBe(2);
  });

  it('gives a member that comes back under its id what it had, at once', async () => {
    const group = new MemoryGroup({ partitions: 4, sessionTimeoutMs: 60_000 });
    const first = await group.join(['t'], { member: 'one' });
    const other = await group.join(['t'], { member: 'two' });
    await group.quiet();
    const had = [...first.owned].sort();
    first.crash();
    const again = await group.join(['t'], { member: 'one' });
    await group.quiet();
    expect([...again.owned].sort()).toEqual(had);
    expect(other.history.filter((event) => event.startsWith('revok')).length).toBeLessThanOrEqual(2);
    expect(other.owned.size).toBe(2);
  });

  it('fences off a living member when another comes under its id', async () => {
    const group = new MemoryGroup({ partitions: 2 });
    const first = await group.join(['t'], { member: 'one' });
    await group.quiet();
    const second = await group.join(['t'], { member: 'one' });
    await group.quiet();
    expect(first.history.slice(2)).toEqual(['lost t[0]', 'lost t[1]']);
    expect(first.error).toMatchObject({ code: 'CLIENT_FATAL', fatal: true });
    expect(second.owned.size).toBe(2);
    await refused(first.consumer.commit([{ topic: 't', partition: 0, offset: 0 }]), 'COMMIT_FAILED');
    await first.consumer.close();
    expect(second.owned.size).toBe(2);
  });

  it('divides anew when a topic gets partitions, is created or deleted', async () => {
    const group = new MemoryGroup();
    const member = await group.join(['t', /^later/]);
    await group.quiet();
    group.broker.growTopic('t', 3);
    group.broker.createTopic({ name: 'later', partitions: 2 });
    await group.quiet();
    expect([...member.owned].sort()).toEqual(['later[0]', 'later[1]', 't[0]', 't[1]', 't[2]']);
    group.broker.deleteTopic('t');
    await group.quiet();
    expect([...member.owned].sort()).toEqual(['later[0]', 'later[1]']);
    expect(group.broker.generation('group')).toBeGreaterThan(3);
  });

  it('changes a subscription without joining anew', async () => {
    const group = new MemoryGroup();
    const member = await group.join(['t']);
    await group.quiet();
    await member.consumer.subscribe(['u'], member);
    await group.quiet();
    expect(member.history).toEqual(['assigned t[0]', 'revoking t[0]', 'revoked t[0]', 'assigned u[0]']);
  });

  it('calls revoked only after a poll that was answered before has been seen, however late its caller looks', async () => {
    const group = new MemoryGroup();
    await group.write('t', ['a']);
    const consumer = await group.broker.transport().consumer({ group: 'group' });
    const seen: string[] = [];
    const deep = async (depth: number): Promise<void> => {
      if (depth > 0) return await deep(depth - 1);
      if ((await consumer.poll()).length > 0) seen.push('message');
    };
    await consumer.subscribe(['t'], {
      assigned: () => undefined,
      revoked: () => void seen.push('revoked'),
      lost: () => undefined,
      failed: () => undefined,
    });
    await new Promise(setImmediate);
    const polled = deep(5).then(() => seen.push('message was seen'));
    group.broker.faults.revokeNow([{ topic: 't', partition: 0 }]);
    await polled;
    while (!seen.includes('revoked')) await new Promise(setImmediate);
    expect(seen).toEqual(['message', 'message was seen', 'revoked']);
  });

  it('forgets a pause when a partition comes back', async () => {
    const group = new MemoryGroup();
    const member = await group.join(['t']);
    await group.quiet();
    member.consumer.pause([{ topic: 't', partition: 0 }]);
    group.broker.faults.revokeNow([{ topic: 't', partition: 0 }]);
    await group.write('t', ['a']);
    await group.quiet();
    expect(member.values()).toEqual(['a']);
  });

  it('breaks a client whose listener throws, and gives its partitions to others', async () => {
    const group = new MemoryGroup();
    const first = await group.join(
      ['t'],
      {},
      {
        assigned: () => {
          throw new Error('out of order');
        },
      },
    );
    await group.quiet();
    expect(first.error).toMatchObject({ code: 'CLIENT_FATAL', fatal: true, cause: { message: 'out of order' } });
    const second = await group.join(['t']);
    await group.quiet();
    expect(second.owned.size).toBe(1);
  });

  it('refuses commits of who has not joined while the group has members, and takes them when it has none', async () => {
    const group = new MemoryGroup();
    const tool = await group.broker.transport().consumer({ group: 'group' });
    const member = await group.join(['t']);
    await group.quiet();
    await refused(tool.commit([{ topic: 't', partition: 0, offset: 3 }]), 'COMMIT_FAILED');
    await member.close();
    await tool.commit([{ topic: 't', partition: 0, offset: 3 }]);
    expect(group.broker.committed('group', 't', 0)).toBe(3);
  });
});
