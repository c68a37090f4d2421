import { describe, expect, it } from '@jest/globals';
import { CrashCounts } from './crash-counts.js';
import type { Crash } from './crash-journal.js';

const at = { topic: 'orders', partition: 3 };
/** A crash with events of one agent in flight, by their first and last offsets. */
const crash = (...ranges: (readonly [from: number, to: number])[]): Crash => ({
  isKnown: true,
  inFlight: ranges.map(([from, to]) => ({ agent: 'Shop.ship', ...at, from, to })),
});
const unknown: Crash = { isKnown: false, inFlight: [] };
const counts = (...crashes: Crash[]) => new CrashCounts(crashes, 'Shop.ship', at);

describe('crash counts', () => {
  it('are 0 where nothing has crashed, and nothing is isolated', () => {
    expect([counts().of(17), counts().isolated]).toEqual([0, []]);
  });

  it('are the crashes that an event was in flight at', () => {
    const counted = counts(crash([17, 17]), crash([15, 17], [20, 20]), crash([17, 18]));
    expect([14, 15, 17, 18, 19, 20].map((offset) => counted.of(offset))).toEqual([0, 1, 3, 1, 0, 1]);
  });

  it('are one for a crash, however often it has noted an event', () => {
    expect(counts(crash([17, 17], [10, 20])).of(17)).toBe(1);
  });

  it.each([
    ['another agent', { agent: 'Shop.bill' }],
    ['another partition', { partition: 4 }],
    ['another topic', { topic: 'returns' }],
  ])('take no notice of %s', (_, other) => {
    const crashed = { isKnown: true, inFlight: [{ agent: 'Shop.ship', ...at, from: 17, to: 17, ...other }] };
    expect([counts(crashed, crashed).of(17), counts(crashed, crashed).isolated]).toEqual([0, []]);
  });

  it('put a crash without notes down to what was in flight at the very next', () => {
    const counted = counts(unknown, crash([17, 17]), crash([20, 20]));
    expect([17, 20].map((offset) => counted.of(offset))).toEqual([2, 1]);
  });

  it('put no more than one crash without notes down to an event, and that only at its first', () => {
    expect(counts(unknown, unknown, crash([17, 17])).of(17)).toBe(2);
    expect(counts(crash([17, 17]), unknown, crash([17, 17])).of(17)).toBe(2);
    expect(counts(unknown).of(17)).toBe(0);
  });

  it('isolate the events that count twice, and no other', () => {
    expect(counts(crash([10, 20]), crash([15, 25])).isolated).toEqual([{ from: 15, to: 20 }]);
    expect(counts(crash([10, 20]), crash([21, 25])).isolated).toEqual([]);
    expect(counts(unknown, crash([17, 17], [30, 31])).isolated).toEqual([
      { from: 17, to: 17 },
      { from: 30, to: 31 },
    ]);
  });

  it('give isolated events in order, each once, wherever crashes overlap', () => {
    const counted = counts(crash([30, 30], [10, 20]), crash([12, 14], [30, 30]), crash([13, 13]));
    const offsets = counted.isolated.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, index) => from + index));
    expect(offsets).toEqual([12, 13, 14, 30]);
  });
});
