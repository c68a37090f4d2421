import { beforeEach, describe, expect, it } from '@jest/globals';
import { VirtualClock } from '../time/index.js';
import { type BatchEvent, Claim, END, type End, type Feed, Pace, type Stream, streamOf } from './index.js';

class HeldNumber extends Claim {
  constructor(
    private readonly feed: FakeFeed,
    readonly latest: BatchEvent,
  ) {
    super();
  }

  given(): void {
    this.feed.given.push(this.latest.offset);
  }

  protected finish(): void {
    this.feed.finished.push(this.latest.offset);
  }
}

/** A lane that the test fills by hand. Items may be there at once or come later. */
class FakeFeed implements Feed {
  readonly topic = 'numbers';
  readonly partition = 3;
  readonly signal = new AbortController().signal;
  readonly clock = new VirtualClock();
  /** Arrays that the loop is busy with. */
  busy = 0;
  readonly finished: number[] = [];
  /** The events of what the loop was given. */
  readonly given: number[] = [];
  claim!: Claim;
  #gatherings = 0;
  isGivenUp = false;

  inEvent<T>(run: () => T): T {
    return run();
  }

  gathers(): number {
    return ++this.#gatherings;
  }

  took(): void {}

  now(): number {
    return this.clock.now();
  }

  pace(max: number, perMs: number): Pace {
    return new Pace(max, perMs);
  }

  async pause(ms: number): Promise<boolean> {
    await this.clock.sleep(ms);
    return !this.isGivenUp;
  }

  readonly #waiting: (BatchEvent | End)[] = [];
  #given: Claim | undefined;
  #isOver = false;
  #wanted: ((item: BatchEvent | End) => void) | undefined;

  give(...values: number[]): this {
    for (const value of values) {
      const shown = { key: `k${value}`, value, offset: value };
      this.#put({ ...shown, shown } as unknown as BatchEvent);
    }
    return this;
  }

  end(): this {
    this.#put(END);
    return this;
  }

  #put(item: BatchEvent | End): void {
    const wanted = this.#wanted;
    this.#wanted = undefined;
    if (wanted === undefined) this.#waiting.push(item);
    else wanted(this.#hold(item));
  }

  #hold(item: BatchEvent | End): BatchEvent | End {
    if (item === END) this.#isOver = true;
    else this.claim = new HeldNumber(this, item);
    return item;
  }

  pull() {
    const item = this.#waiting.shift();
    if (item !== undefined) return this.#hold(item);
    if (this.#isOver) return END;
    return new Promise<BatchEvent | End>((resolve) => {
      this.#wanted = resolve;
    });
  }

  gives(claim: Claim): void {
    claim.given();
    this.#given = claim;
  }

  asks(): void {
    const given = this.#given;
    this.#given = undefined;
    given?.done();
  }

  begins(): void {
    this.asks();
  }

  due(ms: number, listener: () => void) {
    return this.clock.after(ms, listener);
  }

  ahead<T>(pull: () => T): T {
    return pull();
  }

  away(isAway: boolean): void {
    this.busy += isAway ? 1 : -1;
  }

  /** Lets the loop run as far as it gets. */
  async still(): Promise<void> {
    for (let turns = 0; turns < 5; turns++) await new Promise(setImmediate);
  }

  async advance(ms: number): Promise<void> {
    await this.still();
    this.clock.advanceTo(this.clock.now() + ms);
    await this.still();
  }
}

let feed: FakeFeed;
let stream: Stream<number, string>;
beforeEach(() => {
  feed = new FakeFeed();
  stream = streamOf(feed) as Stream<number, string>;
});

async function collect<T>(flow: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of flow) items.push(item);
  return items;
}

/** Begins to loop; what came so far is in the array. */
function collecting<T>(flow: AsyncIterable<T>): T[] {
  const items: T[] = [];
  void (async () => {
    for await (const item of flow) items.push(item);
  })();
  return items;
}

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
