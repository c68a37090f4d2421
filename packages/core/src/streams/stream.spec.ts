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

describe('a stream', () => {
  it('gives the values in order and ends with the partition', async () => {
    fill();
    expect(await collect(stream)).toEqual([1, 2, 3, 4, 5]);
  });

  it('says which partition it is', () => {
    expect([stream.topic, stream.partition, stream.signal]).toEqual(['numbers', 3, feed.signal]);
  });

  it('finishes an event when the loop asks for the next one, not before', async () => {
    feed.give(1, 2);
    const values = stream[Symbol.asyncIterator]();
    await values.next();
    expect(feed.finished).toEqual([]);
    await values.next();
    expect(feed.finished).toEqual([1]);
    void values.next();
    expect(feed.finished).toEqual([1, 2]);
  });

  it('does not finish the event that the loop body fails on', async () => {
    fill();
    const failing = async () => {
      for await (const value of stream) if (value === 2) throw new Error('unlucky');
    };
    await expect(failing()).rejects.toThrow('unlucky');
    expect(feed.finished).toEqual([1]);
  });

  it('does not finish the event at which the loop is left', async () => {
    fill();
    for await (const value of stream) if (value === 3) break;
    expect(feed.finished).toEqual([1, 2]);
  });

  it('gives events and pairs of key and value', async () => {
    fill();
    const items = stream.items()[Symbol.asyncIterator]();
    expect((await items.next()).value).toEqual(['k1', 1]);
    const events = stream.events()[Symbol.asyncIterator]();
    expect((await events.next()).value).toMatchObject({ key: 'k2', value: 2, offset: 2 });
  });
});

describe('map', () => {
  it('puts each item through a function, which may be asynchronous', async () => {
    fill();
    expect(await collect(stream.map((value) => value * 2).map(async (value) => `#${value}`))).toEqual(['#2', '#4', '#6', '#8', '#10']);
    expect(feed.finished).toEqual([1, 2, 3, 4, 5]);
  });

  it('leaves the event unfinished when the function fails', async () => {
    fill();
    const failing = stream.map((value) => {
      if (value === 2) throw new Error('unlucky');
      return value;
    });
    await expect(collect(failing)).rejects.toThrow('unlucky');
    expect(feed.finished).toEqual([1]);
  });
});

describe('filter', () => {
  it('lets pass what passes and finishes the others on the spot', async () => {
    const seen = collecting(stream.filter((value) => value % 2 === 0));
    feed.give(1);
    await feed.still();
    expect([seen, feed.finished]).toEqual([[], [1]]);
    feed.give(2, 3, 4).end();
    await feed.still();
    expect(seen).toEqual([2, 4]);
    expect([...feed.finished].sort()).toEqual([1, 2, 3, 4]);
  });

  it('takes an asynchronous predicate and goes on as a stream with events', async () => {
    fill();
    const even = stream.filter(async (value) => value % 2 === 0);
    expect((await collect(even.events())).map(({ offset }) => offset)).toEqual([2, 4]);
  });
});

describe('flatMap', () => {
  it('gives every element, and finishes the event only after its last', async () => {
    feed.give(2, 3).end();
    const flow = stream.flatMap((value) => Array.from({ length: value }, (_, index) => `${value}.${index}`))[Symbol.asyncIterator]();
    const next = async () => (await flow.next()).value;
    expect([await next(), await next()]).toEqual(['2.0', '2.1']);
    expect(feed.finished).toEqual([]);
    expect(await next()).toBe('3.0');
    expect(feed.finished).toEqual([2]);
    expect([await next(), await next()]).toEqual(['3.1', '3.2']);
    expect(feed.finished).toEqual([2]);
    expect(await next()).toBeUndefined();
    expect(feed.finished).toEqual([2, 3]);
  });

  it('finishes an event that yields nothing on the spot', async () => {
    fill();
    expect(await collect(stream.flatMap(async (value) => (value > 3 ? new Set([value]) : [])))).toEqual([4, 5]);
    expect([...feed.finished].sort()).toEqual([1, 2, 3, 4, 5]);
  });

  it('keeps the event unfinished while a later filter drops some of its elements', async () => {
    feed.give(1, 2).end();
    const flow = stream
      .flatMap((value) => [`${value}a`, `${value}b`, `${value}c`])
      .filter((text) => !text.endsWith('b'))
      [Symbol.asyncIterator]();
    expect((await flow.next()).value).toBe('1a');
    expect((await flow.next()).value).toBe('1c');
    expect(feed.finished).toEqual([]);
    expect((await flow.next()).value).toBe('2a');
    expect(feed.finished).toEqual([1]);
  });
});

describe('enumerate', () => {
  it('counts what passed before it from 0', async () => {
    fill();
    const flow = stream.filter((value) => value > 2);
    expect(await collect(flow.enumerate())).toEqual([
      [0, 3],
      [1, 4],
      [2, 5],
    ]);
  });

  it('counts on from a given number', async () => {
    feed.give(6).end();
    expect(await collect(stream.enumerate(10))).toEqual([[10, 6]]);
  });
});

describe('tap', () => {
  it('calls a function with each value, waits for it, and goes on with the same stream', async () => {
    fill();
    const seen: string[] = [];
    const tapped = stream.tap((value) => seen.push(`sync ${value}`)).tap(async (value) => seen.push(`async ${value}`));
    expect((await collect(tapped.events())).map(({ offset }) => offset)).toEqual([1, 2, 3, 4, 5]);
    expect(seen.slice(0, 3)).toEqual(['sync 1', 'async 1', 'sync 2']);
    expect(feed.finished).toEqual([1, 2, 3, 4, 5]);
  });

  it('leaves the event unfinished when the function fails, at once or later', async () => {
    fill();
    const failing = stream
      .map((value) => value)
      .tap(async (value) => {
        if (value === 3) throw new Error('unlucky');
      });
    await expect(collect(failing)).rejects.toThrow('unlucky');
    expect(feed.finished).toEqual([1, 2]);
  });
});
