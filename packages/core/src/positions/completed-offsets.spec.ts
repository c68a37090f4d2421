import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Completed, type CompletedOffsets, completedMax, nothingCompleted, readCompleted, Tracker, without, writeNotes } from './index.js';

const unlimited = Number.POSITIVE_INFINITY;

/** A lane that begins with what was completed before, is delivered some events and finishes some of them. */
function lane(before: CompletedOffsets, delivered: readonly number[], finished: readonly number[], max = unlimited): CompletedOffsets {
  const completed = new Completed(max);
  completed.set(before);
  const tracker = new Tracker();
  for (const offset of delivered) {
    const ticket = tracker.deliver(offset);
    if (finished.includes(offset) || completed.has(offset)) tracker.finish(ticket);
  }
  return completed.with(tracker);
}

const has = (offsets: CompletedOffsets, ...asked: number[]) => {
  const completed = new Completed(unlimited);
  completed.set(offsets);
  return asked.map((offset) => completed.has(offset));
};

describe('completed offsets', () => {
  it('are none at first', () => {
    const completed = new Completed(unlimited);
    expect([completed.has(0), completed.with(new Tracker())]).toEqual([false, nothingCompleted]);
  });

  it('are those below their end that were not left out', () => {
    expect(has({ to: 20, except: [15, 17] }, 0, 14, 15, 16, 17, 19, 20)).toEqual([true, true, false, true, false, true, false]);
  });

  it('go as far as the newest event that is finished, without those that are not', () => {
    expect(lane(nothingCompleted, [10, 11, 12, 13, 14], [10, 12, 13])).toEqual({ to: 14, except: [11] });
    expect(lane(nothingCompleted, [10, 11], [])).toEqual({ to: 0, except: [] });
  });

  it('keep what was completed before, and what was left out then and has not come yet', () => {
    expect(lane({ to: 20, except: [12, 17] }, [10, 11, 12], [])).toEqual({ to: 20, except: [12, 17] });
    expect(lane({ to: 20, except: [12, 17] }, [10, 11, 12], [12])).toEqual({ to: 20, except: [17] });
  });

  it('do not keep as left out what compaction has taken away', () => {
    expect(lane({ to: 20, except: [12, 17] }, [10, 18], [])).toEqual({ to: 20, except: [] });
  });

  it('end where they would reach further beyond an unfinished event than may be noted', () => {
    const delivered = [10, 11, 12, 13, 14, 15];
    expect(lane(nothingCompleted, delivered, [11, 12, 14, 15], 4)).toEqual({ to: 14, except: [10, 13] });
    expect(lane(nothingCompleted, delivered, [11, 12, 14, 15], 3)).toEqual({ to: 13, except: [10] });
    expect(lane(nothingCompleted, delivered, [10, 11, 12, 13, 14, 15], 1)).toEqual({ to: 16, except: [] });
  });

  it('reach less far where more agents read the topic, so that the notes of all fit', () => {
    expect([1, 3, 4, 5, 20].map(completedMax)).toEqual([4_000, 4_000, 3_250, 2_600, 650]);
  });

  it.each([1, 5, 10])('fit beside an offset with the notes of %i agents', (agents) => {
    const max = completedMax(agents);
    const names = Array.from({ length: agents }, (_, index) => `Shop.ship${index}`);
    const offsets = { to: 1_000_000_000 + max, except: [1_000_000_000, 1_000_000_000 + max - 1] };
    expect(writeNotes(new Map(names.map((name) => [name, offsets])))?.length).toBeLessThanOrEqual(4_000);
  });

  it('are the same without what is to run again, which is noted in order and once', () => {
    const completed = { to: 20, except: [15] };
    expect(without(completed, [17, 3, 15, 17])).toEqual({ to: 20, except: [3, 15, 17] });
    expect(without(completed, [20, 25])).toBe(completed);
    expect(without(completed, [])).toBe(completed);
  });

  it('are a set in the end, over lanes that follow each other', () => {
    const owner = fc.record({
      delivered: fc.nat(30),
      finished: fc.array(fc.nat(40), { maxLength: 40 }),
      again: fc.array(fc.nat(40), { maxLength: 3 }),
    });
    // A compacted topic: some offsets are not there.
    const offsets = fc.uniqueArray(fc.nat(40), { minLength: 5 }).map((each) => each.sort((a, b) => a - b));
    fc.assert(
      fc.property(offsets, fc.array(owner, { minLength: 1, maxLength: 5 }), fc.constantFrom(unlimited, 8), (there, owners, max) => {
        const done = new Set<number>();
        let noted = nothingCompleted;
        for (const { delivered, finished, again } of owners) {
          const given = there.slice(0, delivered);
          noted = without(lane(noted, given, finished, max), again);
          for (const offset of given) if (finished.includes(offset)) done.add(offset);
          for (const offset of again) done.delete(offset);
          const read = readCompleted(writeNotes(new Map([['Shop.ship', noted]]))).get('Shop.ship');
          expect(read).toEqual(noted);
          const completed = there.filter((offset) => has(noted, offset)[0]);
          // Never more than is done; just that where everything may be noted.
          if (max === unlimited) expect(completed).toEqual(there.filter((offset) => done.has(offset)));
          else for (const offset of completed) expect([offset, done.has(offset)]).toEqual([offset, true]);
          for (const offset of done) if (!completed.includes(offset)) done.delete(offset);
        }
      }),
    );
  });
});
