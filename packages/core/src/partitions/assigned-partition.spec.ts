import { describe, expect, it } from '@jest/globals';
import type { Lane } from '../lanes/index.js';
import { type CompletedOffsets, writeCompleted } from '../positions/index.js';
import type { Batch } from '../transport/index.js';
import { AssignedPartition } from './assigned-partition.js';

/** What a lane is told to pass over. */
function assigned(): { readonly partition: AssignedPartition; readonly passedOver: CompletedOffsets[] } {
  const passedOver: CompletedOffsets[] = [];
  const lane = { agent: 'Shop.take', passOver: (completed: CompletedOffsets) => void passedOver.push(completed), accept: () => undefined };
  const partition = new AssignedPartition('orders', 0, () => [lane as unknown as Lane]);
  partition.restart([]);
  passedOver.length = 0;
  return { partition, passedOver };
}

const batchFrom = (offset: number) => ({ length: 1, offset: () => offset }) as unknown as Batch;
const done = { to: 20, except: [12] };
const noted = { topic: 'orders', partition: 0, offset: 12, metadata: writeCompleted(new Map([['Shop.take', done]])) };

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
