import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LifecycleError, StateError } from '../errors/index.js';
import { VirtualClock } from '../time/index.js';
import { type Consumer, MemoryBroker, type MemoryTransport, type Producer } from '../transport/index.js';
import { ShortTransaction, type ToCommit } from './changelogs.js';

let broker: MemoryBroker;
let transport: MemoryTransport;
let consumer: Consumer;
let changelogs: ShortTransaction;

beforeEach(async () => {
  broker = new MemoryBroker({ clock: new VirtualClock(), partitions: 1 });
  transport = broker.transport();
  await (await transport.producer()).send({ topic: 'orders', key: null, value: '1' });
  consumer = await transport.consumer({ group: 'shop' });
  let isOurs = false;
  const assigned = () => {
    isOurs = true;
  };
  await consumer.subscribe(['orders'], { assigned, revoked: () => undefined, lost: () => undefined, failed: () => undefined });
  while (!isOurs) await consumer.poll();
  const producer: Producer = await transport.producer({ transactionalId: 'shop' });
  changelogs = new ShortTransaction(producer, producer.transactions!);
});
afterEach(() => transport.close());

const entries = () => broker.messages('counts-changelog').map(({ key, value }) => `${key}=${value}`);
const committed = () => broker.committed('shop', 'orders', 0);

/** Commits an entry and an offset. */
const commit = (value: string, offset: number, more: Partial<ToCommit> = {}) =>
  changelogs.commit({
    consumer,
    positions: [{ topic: 'orders', partition: 0, offset }],
    write: async (to) => to.append('counts-changelog', 'k', value, 0),
    mustBeOurs: () => undefined,
    ...more,
  });

describe('the entries and offsets of a checkpoint, at least once', () => {
  it('are committed together', async () => {
    await commit('1', 5);
    expect([entries(), committed()]).toEqual([['k=1'], 5]);
  });

  it('are both not there when an entry cannot be written, and those of the next are', async () => {
    const write: ToCommit['write'] = async (to) => {
      to.append('counts-changelog', 'k', 'too large', 0);
      throw new StateError('too large', { code: 'VALUE_UNWRITABLE' });
    };
    await expect(commit('', 5, { write })).rejects.toThrow(StateError);
    expect([entries(), committed()]).toEqual([[], -1]);
    await commit('2', 6);
    expect([entries(), committed()]).toEqual([['k=2'], 6]);
  });

  it('are both not there when the group does not take the offsets', async () => {
    broker.faults.dropCommits(1);
    await expect(commit('1', 5)).rejects.toMatchObject({ code: 'TRANSACTION_ABORTED' });
    expect([entries(), committed()]).toEqual([[], -1]);
  });

  // They were committed in the name of the new generation, and whoever had the partition by then had recovered without them: an event was counted by nobody.
  it('are both not there where a partition was lost while the entries were written, and came back', async () => {
    const mustBeOurs = () => {
      throw new LifecycleError('partitions were lost');
    };
    await expect(commit('1', 5, { mustBeOurs })).rejects.toThrow('partitions were lost');
    expect([entries(), committed()]).toEqual([[], -1]);
    await commit('2', 6);
    expect([entries(), committed()]).toEqual([['k=2'], 6]);
  });
});
