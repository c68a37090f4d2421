import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Batch } from '../transport/index.js';
import { LaneQueue } from './lane-queue.js';

const batch = (first: number, length: number, sizeBytes = length * 10) =>
  ({ length, sizeBytes, offset: (index: number) => first + index }) as unknown as Batch;

function read(queue: LaneQueue): number | undefined {
  return queue.advance() ? queue.batch.offset(queue.index) : undefined;
}

describe('a lane queue', () => {
  it('is empty at first', () => {
    const queue = new LaneQueue();
    expect([read(queue), queue.waiting, queue.bytes, queue.nextOffset]).toEqual([undefined, 0, 0, undefined]);
  });

  it('gives one message after another, over the ends of batches', () => {
    const queue = new LaneQueue();
    queue.push(batch(0, 2));
    queue.push(batch(10, 1));
    queue.push(batch(20, 2));
    expect([0, 1, 2, 3, 4, 5].map(() => read(queue))).toEqual([0, 1, 10, 20, 21, undefined]);
  });

  it('goes on when more comes after it was empty', () => {
    const queue = new LaneQueue();
    queue.push(batch(0, 1));
    expect([read(queue), read(queue)]).toEqual([0, undefined]);
    queue.push(batch(1, 2));
    expect([queue.nextOffset, read(queue), read(queue), read(queue)]).toEqual([1, 1, 2, undefined]);
  });

  it('takes no notice of empty batches', () => {
    const queue = new LaneQueue();
    queue.push(batch(0, 0));
    queue.push(batch(5, 1));
    queue.push(batch(6, 0));
    expect([read(queue), read(queue)]).toEqual([5, undefined]);
  });

  it('counts what waits, and the bytes of batches until the next one is begun', () => {
    const queue = new LaneQueue();
    queue.push(batch(0, 2, 100));
    queue.push(batch(2, 1, 7));
    expect([queue.waiting, queue.bytes]).toEqual([3, 107]);
    read(queue);
    read(queue);
    expect([queue.waiting, queue.bytes]).toEqual([1, 107]);
    read(queue);
    expect([queue.waiting, queue.bytes]).toEqual([0, 7]);
  });

  it('forgets everything when it is cleared, and can be filled again', () => {
    const queue = new LaneQueue();
    queue.push(batch(0, 3));
    read(queue);
    queue.clear();
    expect([read(queue), queue.waiting, queue.bytes, queue.nextOffset]).toEqual([undefined, 0, 0, undefined]);
    queue.push(batch(9, 1));
    expect([queue.nextOffset, read(queue)]).toEqual([9, 9]);
  });

  it('is a list in the end', () => {
    const step = fc.oneof(
      fc.nat(5).map((length) => ({ length })),
      fc.constant('read' as const),
      fc.constant('peek' as const),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const queue = new LaneQueue();
        const list: number[] = [];
        let next = 0;
        for (const each of steps) {
          if (each === 'read') expect(read(queue)).toBe(list.shift());
          else if (each === 'peek') expect(queue.nextOffset).toBe(list[0]);
          else {
            queue.push(batch(next, each.length));
            for (let count = 0; count < each.length; count++) list.push(next++);
          }
          expect(queue.waiting).toBe(list.length);
        }
      }),
    );
  });
});
