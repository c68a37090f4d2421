import { beforeEach, describe, expect, it } from '@jest/globals';
import { refused } from '../../contract/bench.fixture.js';
import { MemoryGroup } from '../memory-group.fixture.js';

let group: MemoryGroup;
beforeEach(() => {
  group = new MemoryGroup();
});

async function transactional(transactionalId = 'id') {
  const transport = group.broker.transport();
  const producer = await transport.producer({ transactionalId });
  return { transport, producer, transactions: producer.transactions! };
}

const values = () => group.broker.messages('out').map(({ value }) => String(value));

describe('a transaction in memory', () => {
  it('commits nothing when a partition of its offsets has gone to another member', async () => {
    const former = await group.join(['t'], { member: 'one' });
    await group.quiet();
    const { producer, transactions } = await transactional();
    await transactions.begin();
    producer.append('out', null, 'late');
    const member = await group.join(['t'], { member: 'one' });
    await group.quiet();
    await expect(transactions.commit(former.consumer, [{ topic: 't', partition: 0, offset: 3 }])).rejects.toMatchObject({
      code: 'TRANSACTION_ABORTED',
      cause: { code: 'COMMIT_FAILED' },
    });
    expect([values(), group.broker.committed('group', 't', 0)]).toEqual([[], -1]);
    await transactions.begin();
    producer.append('out', null, 'again');
    await transactions.commit(member.consumer, [{ topic: 't', partition: 0, offset: 3 }]);
    expect([values(), group.broker.committed('group', 't', 0)]).toEqual([['again'], 3]);
  });

  it('is aborted as a whole when one of its messages is refused', async () => {
    const { producer, transactions } = await transactional();
    await transactions.begin();
    group.broker.faults.failProduce(({ value }) => value === 'bad');
    producer.append('out', null, 'good');
    producer.append('out', null, 'bad');
    await refused(transactions.commit(), 'TRANSACTION_ABORTED');
    expect([values(), group.broker.messages('out', 'uncommitted').length]).toEqual([[], 1]);
    await transactions.begin();
    await transactions.commit();
  });

  it('stores no offset when its producer is fenced off during the commit', async () => {
    const member = await group.join(['t']);
    await group.quiet();
    const { transactions } = await transactional();
    await transactions.begin();
    const committing = transactions.commit(member.consumer, [{ topic: 't', partition: 0, offset: 3 }]);
    await Promise.resolve();
    group.broker.faults.fenceProducer('id');
    await refused(committing, 'PRODUCER_FENCED');
    expect(group.broker.committed('group', 't', 0)).toBe(-1);
  });

  it('is aborted when its commit is dropped', async () => {
    const { producer, transactions } = await transactional();
    await transactions.begin();
    producer.append('out', null, 'a');
    group.broker.faults.dropCommits(1);
    await refused(transactions.commit(), 'TRANSACTION_ABORTED');
    expect(values()).toEqual([]);
  });

  it('stays open while the broker is down, and can be committed after', async () => {
    const { producer, transactions } = await transactional();
    await transactions.begin();
    producer.append('out', null, 'a');
    group.broker.faults.down();
    await refused(transactions.commit(), 'BROKER_UNREACHABLE');
    group.broker.faults.up();
    await transactions.commit();
    expect(values()).toEqual(['a']);
  });

  it('takes back what was not delivered when it is aborted', async () => {
    const { producer, transactions } = await transactional();
    await transactions.begin();
    group.broker.faults.delayProduce(1_000);
    producer.append('out', null, 'a');
    const sent = producer.send({ topic: 'out', key: null, value: 'b' });
    await transactions.abort();
    await refused(sent, 'TRANSACTION_ABORTED');
    await producer.flush();
    await group.advance(2_000);
    expect(group.broker.messages('out', 'uncommitted')).toEqual([]);
  });

  it('is aborted when its producer closes, crashes or is replaced', async () => {
    for (const end of ['close', 'crash', 'replace']) {
      const { transport, producer, transactions } = await transactional();
      await transactions.begin();
      await producer.send({ topic: 'out', key: null, value: end });
      if (end === 'close') await producer.close();
      if (end === 'crash') transport.crash();
      if (end === 'replace') await transactional();
      const reader = await group.broker.transport().reader();
      const [ends] = await reader.ends([{ topic: 'out', partition: 0 }]);
      expect([ends!.stable, values()]).toEqual([group.broker.messages('out', 'uncommitted').length * 2, []]);
    }
  });

  it('takes an offset for its marker', async () => {
    const { producer, transactions } = await transactional();
    for (const value of ['a', 'b']) {
      await transactions.begin();
      producer.append('out', null, value);
      await transactions.commit();
    }
    expect(group.broker.messages('out').map(({ offset }) => offset)).toEqual([0, 2]);
    const reader = await group.broker.transport().reader();
    expect(await reader.ends([{ topic: 'out', partition: 0 }])).toEqual([{ low: 0, stable: 4, high: 4 }]);
  });

  it('counts no message that a member of a group cannot see yet as pending', async () => {
    const member = await group.subscribe('out');
    const { producer, transactions } = await transactional();
    await transactions.begin();
    await producer.send({ topic: 'out', key: null, value: 'a' });
    expect([group.broker.pending(member), group.broker.isQuiet()]).toEqual([0, true]);
    await transactions.commit();
    expect([group.broker.pending(member), group.broker.isQuiet()]).toEqual([1, false]);
  });

  it('must be begun before anything is written, and once', async () => {
    const { producer, transactions } = await transactional();
    expect(() => producer.append('out', null, 'a')).toThrow('call begin first');
    await refused(producer.send({ topic: 'out', key: null, value: 'a' }), 'LIFECYCLE_ORDER');
    await refused(transactions.abort(), 'LIFECYCLE_ORDER');
    await transactions.begin();
    await refused(transactions.begin(), 'LIFECYCLE_ORDER');
  });
});
