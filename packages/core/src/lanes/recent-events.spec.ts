import { describe, expect, it, jest } from '@jest/globals';
import { RecentEvents } from './recent-events.js';

const lane = (recent: RecentEvents, partition: number) => recent.numberOf('Shop.take', { topic: 'orders', partition });
const offsets = (recent: RecentEvents) => recent.sinceLastLook().map(({ offset }) => offset);

describe('the events that handlers were given last', () => {
  it('are those since they were asked for last', () => {
    const recent = new RecentEvents();
    recent.note(lane(recent, 0), 1);
    recent.note(lane(recent, 1), 7);
    expect(recent.sinceLastLook()).toEqual([
      { topic: 'orders', partition: 0, offset: 1, agent: 'Shop.take' },
      { topic: 'orders', partition: 1, offset: 7, agent: 'Shop.take' },
    ]);
    recent.note(lane(recent, 0), 2);
    expect(offsets(recent)).toEqual([2]);
    expect(offsets(recent)).toEqual([]);
  });

  it('are those of which one kept the thread, also where thousands have run since', () => {
    const now = jest.spyOn(performance, 'now');
    let time = 1_000;
    now.mockImplementation(() => time);
    const recent = new RecentEvents();
    for (let offset = 0; offset < 100; offset++) {
      recent.note(lane(recent, 0), offset);
      if (offset === 37) time += 20_000;
    }
    expect(offsets(recent)).toEqual([32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47]);
    now.mockRestore();
  });
});
