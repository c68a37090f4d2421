import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { newestWindowAt, overlap, windowsAt, windowsIn, windowsPerTime } from './window.js';

const grid = fc.record({ size: fc.integer({ min: 1, max: 50 }), every: fc.integer({ min: 1, max: 50 }) });
const time = fc.integer({ min: -500, max: 500 });

/** All windows there may be around some times, one by one. */
function allWindows({ size, every }: { size: number; every: number }) {
  const found = [];
  for (let start = -2_000; start <= 2_000; start++) if (start % every === 0) found.push({ start: start + 0, end: start + size });
  return found;
}

describe('aligned windows', () => {
  it('are those that hold a time, in the order of their starts, below 0 too, and whether every divides size or not', () => {
    fc.assert(
      fc.property(grid, time, (each, at) => {
        const expected = allWindows(each).filter(({ start, end }) => start <= at && at < end);
        expect(windowsAt(at, each)).toEqual(expected);
        expect(newestWindowAt(at, each)).toEqual(expected.at(-1));
        expect(expected.length).toBeLessThanOrEqual(windowsPerTime(each));
      }),
    );
  });

  it('are those that have a part in a stretch of time', () => {
    fc.assert(
      fc.property(grid, time, fc.nat(200), (each, from, length) => {
        const to = from + length;
        const expected = allWindows(each).filter((window) => length > 0 && overlap(window, { start: from, end: to }));
        expect([...windowsIn(from, to, each)]).toEqual(expected);
      }),
    );
  });

  it('are exact for sizes of centuries and for the times at the ends of what numbers tell', () => {
    const century = 36_525 * 24 * 60 * 60 * 1000;
    expect(windowsAt(Date.UTC(2026, 0, 1), { size: century, every: century })).toEqual([{ start: 0, end: century }]);
    for (const at of [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])
      expect(windowsAt(at, { size: 1, every: 1 })).toEqual([{ start: at, end: at + 1 }]);
  });
});
