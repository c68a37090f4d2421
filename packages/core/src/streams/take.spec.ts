import { beforeEach, describe, expect, it } from '@jest/globals';
import { collect, collecting, FakeFeed } from './fake-feed.fixture.js';
import { type Stream, streamOf } from './index.js';

let feed: FakeFeed;
let stream: Stream<number, string>;
beforeEach(() => {
  feed = new FakeFeed();
  stream = streamOf(feed) as Stream<number, string>;
});

const fill = () => feed.give(1, 2, 3, 4, 5).end();

describe('take', () => {
  it('gives full arrays at once, and the rest when the stream ends', async () => {
    fill();
    expect(await collect(stream.take(2, '1m'))).toEqual([[1, 2], [3, 4], [5]]);
  });

  it('gives what there is when the time since the first item is up', async () => {
    const seen = collecting(stream.take(3, '2s'));
    await feed.advance(10_000);
    feed.give(1);
    await feed.advance(1_500);
    feed.give(2);
    await feed.advance(499);
    expect(seen).toEqual([]);
    await feed.advance(1);
    expect(seen).toEqual([[1, 2]]);
    feed.give(3);
    await feed.advance(1_999);
    expect(seen).toHaveLength(1);
    await feed.advance(1);
    expect(seen).toEqual([[1, 2], [3]]);
  });

  it('loses no item that comes while nobody asks', async () => {
    const seen = collecting(stream.take(2, '1s'));
    feed.give(1);
    await feed.advance(1_000);
    feed.give(2, 3, 4);
    await feed.still();
    expect(seen).toEqual([[1], [2, 3]]);
    feed.end();
    await feed.still();
    expect(seen).toEqual([[1], [2, 3], [4]]);
  });

  it('finishes all of an array together', async () => {
    fill();
    const flow = stream.take(2, '1s')[Symbol.asyncIterator]();
    await flow.next();
    expect(feed.finished).toEqual([]);
    await flow.next();
    expect(feed.finished).toEqual([1, 2]);
    await flow.next();
    expect(feed.finished).toEqual([1, 2, 3, 4]);
  });

  // An event that came while the loop was still busy with a smaller array was finished together with that array, before anybody had seen it.
  it('does not finish an event that comes while the loop is busy with what there was', async () => {
    const flow = stream.take(2, '1s')[Symbol.asyncIterator]();
    const first = flow.next();
    feed.give(1);
    await feed.advance(1_000);
    expect((await first).value).toEqual([1]);
    feed.give(2);
    await feed.still();
    const second = flow.next();
    await feed.still();
    expect(feed.finished).toEqual([1]);
    await feed.advance(1_000);
    expect((await second).value).toEqual([2]);
    void flow.next();
    expect(feed.finished).toEqual([1, 2]);
  });

  it('finishes every event of an array that a later filter drops', async () => {
    fill();
    expect(await collect(stream.take(2, '1s').filter((items) => items.length === 1))).toEqual([[5]]);
    expect([...feed.finished].sort()).toEqual([1, 2, 3, 4, 5]);
  });

  it('tells the lane while the loop is busy with an array, and leaves no wait behind', async () => {
    const flow = stream.take(2, '1s')[Symbol.asyncIterator]();
    const first = flow.next();
    feed.give(1);
    await feed.still();
    expect(feed.busy).toBe(0);
    feed.give(2);
    await first;
    expect(feed.busy).toBe(1);
    void flow.next();
    expect(feed.busy).toBe(0);
    expect(feed.clock.nextDue()).toBeUndefined();
  });

  it('finishes an event whose elements lie in several arrays with the last of them', async () => {
    feed.give(3, 2).end();
    const flow = stream.flatMap((value) => Array.from({ length: value }, (_, index) => `${value}.${index}`)).take(2, '1s');
    const arrays = flow[Symbol.asyncIterator]();
    expect((await arrays.next()).value).toEqual(['3.0', '3.1']);
    expect((await arrays.next()).value).toEqual(['3.2', '2.0']);
    expect([feed.finished, feed.given]).toEqual([[], [3, 3, 3, 2]]);
    expect((await arrays.next()).value).toEqual(['2.1']);
    expect(feed.finished).toEqual([3]);
    await arrays.next();
    expect(feed.finished).toEqual([3, 2]);
  });

  // The event stayed unfinished until another came.
  it('finishes an event whose last elements a filter drops while nothing else comes', async () => {
    const seen = collecting(
      stream
        .flatMap((value) => [value, -value, -value])
        .filter((value) => value > 0)
        .take(2, '1s'),
    );
    feed.give(1);
    await feed.advance(1_000);
    expect([seen, feed.finished]).toEqual([[[1]], [1]]);
  });

  it('finishes the events of arrays that are taken together, and those of arrays that are taken apart', async () => {
    fill();
    const flow = stream
      .take(2, '1s')
      .flatMap((items) => [...items, 'end'])
      .take(4, '1s')
      [Symbol.asyncIterator]();
    expect((await flow.next()).value).toEqual([1, 2, 'end', 3]);
    expect((await flow.next()).value).toEqual([4, 'end', 5, 'end']);
    expect(feed.finished).toEqual([1, 2]);
    await flow.next();
    expect(feed.finished).toEqual([1, 2, 3, 4, 5]);
  });

  it('does not give what it has gathered when that runs elsewhere', async () => {
    const seen = collecting(stream.take(2, '1s'));
    feed.give(1);
    await feed.still();
    feed.isGivenUp = true;
    feed.end();
    await feed.still();
    expect([seen, feed.finished]).toEqual([[], []]);
  });

  it('refuses a size and a time that cannot be', () => {
    for (const max of [0, 1.5, -1, Number.NaN]) expect(() => stream.take(max, '1s')).toThrow(RangeError);
    expect(() => stream.take(1, 'soon' as '1s')).toThrow(/take: within/);
  });
});
