import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { IsolatedOffsets } from './isolated-offsets.js';

describe('isolated offsets', () => {
  const has = (offsets: IsolatedOffsets, ...asked: number[]) => asked.map((offset) => offsets.has(offset));

  it('are none at first', () => {
    const offsets = new IsolatedOffsets();
    expect([offsets.isEmpty, offsets.has(0)]).toEqual([true, false]);
    offsets.endAt(0, 10);
    expect(offsets.isEmpty).toBe(true);
  });

  it('are those from the first to the last, both included', () => {
    const offsets = new IsolatedOffsets();
    offsets.add(3, 5);
    offsets.add(9, 9);
    expect(has(offsets, 2, 3, 5, 6, 9, 10)).toEqual([false, true, true, false, true, false]);
    expect(offsets.isEmpty).toBe(false);
  });

  it('are none where the last is before the first', () => {
    const offsets = new IsolatedOffsets();
    offsets.add(5, 4);
    expect([offsets.isEmpty, offsets.has(4), offsets.has(5)]).toEqual([true, false, false]);
  });

  it('may be all that come, until it is known where that ends', () => {
    const offsets = new IsolatedOffsets();
    offsets.add(0, Number.POSITIVE_INFINITY);
    expect(offsets.has(Number.MAX_SAFE_INTEGER)).toBe(true);
    offsets.endAt(4, 10);
    expect(has(offsets, 4, 9, 10, 11)).toEqual([true, true, false, false]);
    offsets.endAt(10, 20);
    expect(offsets.isEmpty).toBe(true);
  });

  it('are a set in the end, from what is committed on', () => {
    const offset = fc.integer({ min: 0, max: 30 });
    const step = fc.tuple(fc.constantFrom('add', 'end'), offset, offset);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const offsets = new IsolatedOffsets();
        const set = new Set<number>();
        let committed = 0;
        for (const [what, one, other] of steps) {
          if (what === 'add') {
            offsets.add(one, other);
            for (let each = one; each <= other; each++) set.add(each);
          } else {
            committed = Math.max(committed, one);
            offsets.endAt(committed, other);
            for (const each of set) if (each < committed || each >= other) set.delete(each);
          }
          for (let each = committed; each <= 31; each++) expect([each, offsets.has(each)]).toEqual([each, set.has(each)]);
        }
      }),
    );
  });
});
