import { beforeEach, describe, expect, it } from '@jest/globals';
import { collecting, FakeFeed } from './fake-feed.fixture.js';
import { Pace, type Stream, streamOf } from './index.js';

let feed: FakeFeed;
let stream: Stream<number, string>;
beforeEach(() => {
  feed = new FakeFeed();
  stream = streamOf(feed) as Stream<number, string>;
});

describe('throttle', () => {
  it('gives at most so many in any time of that length, in order, and drops none', async () => {
    const given: [number, number][] = [];
    const loop = async () => {
      for await (const value of stream.throttle(2, '10s')) given.push([value, feed.clock.now()]);
    };
    const began = feed.clock.now();
    feed.give(1);
    void loop();
    await feed.advance(4_000);
    feed.give(2, 3, 4, 5).end();
    await feed.advance(5_999);
    expect(given.map(([value]) => value)).toEqual([1, 2]);
    for (let seconds = 0; seconds < 30; seconds++) await feed.advance(1_000);
    expect(given.map(([value]) => value)).toEqual([1, 2, 3, 4, 5]);
    const times = given.map(([, time]) => time - began);
    for (let index = 2; index < times.length; index++) expect(times[index] - times[index - 2]).toBeGreaterThanOrEqual(10_000);
  });

  it('does not take what has to wait, and finishes what the loop is done with meanwhile', async () => {
    const seen = collecting(stream.throttle(1, '1s').map((value) => value * 10));
    feed.give(1, 2).end();
    await feed.still();
    expect([seen, feed.finished, feed.given]).toEqual([[10], [1], [1]]);
    await feed.advance(1_000);
    expect([seen, feed.finished]).toEqual([
      [10, 20],
      [1, 2],
    ]);
  });

  it('counts the elements of an event one by one, and finishes it after the last', async () => {
    const seen = collecting(stream.flatMap((value) => [value, -value]).throttle(1, '1s'));
    feed.give(1).end();
    await feed.still();
    expect([seen, feed.finished]).toEqual([[1], []]);
    await feed.advance(1_000);
    expect(seen).toEqual([1, -1]);
    await feed.advance(1_000);
    expect(feed.finished).toEqual([1]);
  });

  it('ends with the stream while it waits', async () => {
    const seen = collecting(stream.throttle(1, '1s'));
    feed.give(1, 2);
    await feed.still();
    feed.isGivenUp = true;
    await feed.advance(1_000);
    expect([seen, feed.finished]).toEqual([[1], [1]]);
  });

  it('waits no longer than its time when the clock is set back', () => {
    const pace = new Pace(1, 1_000);
    pace.passes(1_000_000);
    expect([pace.waitMs(1_000_400), pace.waitMs(1_001_000), pace.waitMs(0)]).toEqual([600, 0, 1_000]);
  });

  it('refuses a number and a time that cannot be', () => {
    for (const max of [0, 1.5, -1, Number.NaN]) expect(() => stream.throttle(max, '1s')).toThrow(RangeError);
    expect(() => stream.throttle(1, 'soon' as '1s')).toThrow(/throttle: per/);
  });
});
