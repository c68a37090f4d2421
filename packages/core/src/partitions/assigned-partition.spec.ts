import { describe, expect, it } from '@jest/globals';
import type { Lane } from '../lanes/index.js';
import { type CompletedOffsets, writeNotes } from '../positions/index.js';
import type { Batch } from '../transport/index.js';
import { AssignedPartition } from './assigned-partition.js';

/** What a lane is told to pass over. */
function assigned(): { readonly partition: AssignedPartition; readonly passedOver: CompletedOffsets[] } {
  const passedOver: CompletedOffsets[] = [];
  const lane = {
    ...{ agent: 'Shop.take', completed: { to: 0, except: [] } },
    passOver: (completed: CompletedOffsets) => void passedOver.push(completed),
    accept: () => undefined,
    endIsolation: () => undefined,
  };
  const partition = new AssignedPartition('orders', 0, () => [lane as unknown as Lane], 'orders,payments');
  partition.restart([]);
  passedOver.length = 0;
  return { partition, passedOver };
}

const batchFrom = (offset: number) => ({ length: 1, offset: () => offset }) as unknown as Batch;
const done = { to: 20, except: [12] };
const noted = { topic: 'orders', partition: 0, offset: 12, metadata: writeNotes(new Map([['Shop.take', done]])) };

describe('a partition that begins with notes beside its offset', () => {
  it('has its agents pass over what is done', () => {
    const { partition, passedOver } = assigned();
    partition.begin(noted);
    partition.accept(batchFrom(12));
    expect(passedOver).toEqual([done]);
  });

  // They would have been taken for what the old topic had at their offsets.
  it('forgets them when it begins below its offset: the topic was deleted and made anew', () => {
    const { partition, passedOver } = assigned();
    partition.begin(noted);
    partition.accept(batchFrom(0));
    expect(passedOver).toEqual([done, { to: 0, except: [] }]);
  });
});

/** Offsets that nobody commits expire. */
describe('what the group has of a partition', () => {
  const metadata = writeNotes(new Map(), { set: 'orders,payments' });

  it('is committed once more when it has come, with the set of its topic, and then when it is due again', () => {
    const { partition } = assigned();
    expect(partition.progress).toBeUndefined();
    partition.begin({ topic: 'orders', partition: 0, offset: 12 });
    const { progress } = partition;
    expect(progress?.position).toEqual({ topic: 'orders', partition: 0, offset: 12, metadata });
    partition.hasCommitted(progress!);
    expect(partition.progress).toBeUndefined();
    partition.renew();
    expect(partition.progress?.position).toMatchObject({ offset: 12 });
  });

  it('keeps what agents have completed beyond it', () => {
    const { partition } = assigned();
    partition.begin(noted);
    expect(partition.progress?.position.metadata).toBe(writeNotes(new Map([['Shop.take', done]]), { set: 'orders,payments' }));
  });

  it('is committed also before it has lanes: while its tables recover', () => {
    const partition = new AssignedPartition('orders', 0, () => []);
    partition.begin(noted);
    expect(partition.progress?.position).toMatchObject({ offset: 12 });
  });

  it('is nothing where it has none', () => {
    const { partition } = assigned();
    partition.accept(batchFrom(0));
    expect(partition.progress).toBeUndefined();
  });

  // Nothing of the new topic would have been committed below the offset of the old one.
  it('is forgotten where the topic was deleted and made anew, though it was committed once more before that showed', () => {
    const { partition } = assigned();
    partition.begin(noted);
    partition.hasCommitted(partition.progress!);
    partition.accept(batchFrom(0));
    expect(partition.committed).toBe(-1);
    partition.renew();
    expect(partition.progress?.position).toMatchObject({ offset: 0 });
  });
});
