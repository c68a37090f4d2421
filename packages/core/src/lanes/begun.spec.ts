import { describe, expect, it, jest } from '@jest/globals';
import { Begun } from './begun.js';

const lane = (begun: Begun, partition: number) => begun.numberOf('Shop.take', { topic: 'orders', partition });
const offsets = (begun: Begun) => begun.suspects().map(({ offset }) => offset);

describe('the events that were begun last', () => {
  it('are those since they were asked for last', () => {
    const begun = new Begun();
    begun.note(lane(begun, 0), 1);
    begun.note(lane(begun, 1), 7);
    expect(begun.suspects()).toEqual([
      { topic: 'orders', partition: 0, offset: 1, agent: 'Shop.take' },
      { topic: 'orders', partition: 1, offset: 7, agent: 'Shop.take' },
    ]);
    begun.note(lane(begun, 0), 2);
    expect(offsets(begun)).toEqual([2]);
    expect(offsets(begun)).toEqual([]);
  });

  it('are those of which one kept the thread, also where thousands have run since', () => {
    const now = jest.spyOn(performance, 'now');
    let time = 1_000;
    now.mockImplementation(() => time);
    const begun = new Begun();
    for (let offset = 0; offset < 100; offset++) {
      begun.note(lane(begun, 0), offset);
      if (offset === 37) time += 20_000;
    }
    expect(offsets(begun)).toEqual([32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47]);
    now.mockRestore();
  });
});
