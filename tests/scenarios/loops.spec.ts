import { performance } from 'node:perf_hooks';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Agent, App, CLOCK, type Clock, type Event, Handler, Inject, json, type Stream, type Topic, topic } from '@weir/core';
import { TestApp } from '@weir/testing';
import { gate, open, turns } from './gates.fixture.js';
import { invoices, keyedOrders, malformed, type Order, order, orderOf, orders } from './orders.fixture.js';

const keyedInvoices = topic('invoices', { key: 'string', value: json<Order>() });
let app: TestApp;

/** What loops and handlers were given. */
let seen: unknown[];

beforeEach(() => {
  seen = [];
});

afterEach(async () => {
  open();
  await app.stop();
});
const ids = () => app.sent(invoices).map(({ value }) => value.id);

describe.each(['at-least-once', 'exactly-once'] as const)('events that are expanded and gathered, %s', (guarantee) => {
  @App({ id: 'lines' })
  class Lines {
    @Agent(keyedOrders)
    async take(stream: Stream<Order>): Promise<void> {
      const lines = stream.flatMap(({ id }) => [id * 10, -1]).filter((line) => line > 0);
      for await (const some of lines.take(3, '1h')) seen.push(...some);
    }
  }

  // Its last element was dropped, and the event was finished with it though its first was only gathered.
  it('are not finished while an array that was not run holds one of their elements', async () => {
    app = await TestApp.start(Lines, { overrides: { guarantee } });
    await app.send(
      keyedOrders,
      [1, 2].map((id) => orderOf(id)),
    );
    await app.advance('5s');
    expect(app.committed(keyedOrders)).toBe(0);
    await app.crash();
    // What is left of the crashed process runs on in this one.
    await turns();
    seen = [];
    await app.restart();
    await app.send(keyedOrders, orderOf(3));
    await app.settled();
    expect(seen).toEqual([10, 20, 30]);
    expect(app.committed(keyedOrders)).toBe(3);
  });

  @App({ id: 'pairs' })
  class Pairs {
    @Agent(keyedOrders)
    async take(stream: Stream<Order>): Promise<void> {
      const lines = stream.flatMap(({ id }) => (id === 0 ? [id] : [id, id]));
      for await (const some of lines.take(2, '1m')) seen.push(some);
    }
  }

  // Arrays ended in the middle of events, and nothing was finished any more.
  it('are finished although arrays end in the middle of them', async () => {
    app = await TestApp.start(Pairs, { overrides: { guarantee } });
    await app.send(
      keyedOrders,
      Array.from({ length: 50 }, (_, id) => orderOf(id)),
    );
    await app.advance('30s');
    expect(seen).toHaveLength(49);
    expect(app.committed(keyedOrders)).toBe(49);
  });

  @App({ id: 'arrays-of-arrays' })
  class ArraysOfArrays {
    @Agent(keyedOrders)
    async take(stream: Stream<Order>): Promise<void> {
      const pairs = stream.take(2, '1h').filter(([first]) => first.id !== 3);
      for await (const some of pairs.take(2, '1h')) seen.push(some.flat().map(({ id }) => id));
    }
  }

  it('are not finished with an array that a filter drops after theirs', async () => {
    app = await TestApp.start(ArraysOfArrays, { overrides: { guarantee } });
    await app.send(
      keyedOrders,
      [1, 2, 3, 4].map((id) => orderOf(id)),
    );
    await app.advance('5s');
    expect(app.committed(keyedOrders)).toBe(0);
    await app.send(
      keyedOrders,
      [5, 6].map((id) => orderOf(id)),
    );
    await app.settled();
    expect(seen).toEqual([[1, 2, 5, 6]]);
    expect(app.committed(keyedOrders)).toBe(6);
  });
});

describe.each(['at-least-once', 'exactly-once'] as const)('a generator over arrays, %s', (guarantee) => {
  @App({ id: 'yields' })
  class Yields {
    @Agent(keyedOrders, { sinks: [keyedInvoices] })
    async *take(stream: Stream<Order>): AsyncIterable<Order> {
      for await (const some of stream.take(2, '100ms')) {
        await gate();
        yield some[0];
      }
    }
  }

  it('gives its results the key of an event that it was given, not of one fetched ahead', async () => {
    app = await TestApp.start(Yields, { overrides: { guarantee } });
    await app.send(keyedOrders, orderOf(1, 'one'));
    await app.advance('150ms', { running: 1 });
    await app.send(keyedOrders, orderOf(2, 'two'));
    await app.settled({ running: 1 });
    open();
    await app.settled({ running: 1 });
    expect(app.sent(keyedInvoices).map(({ key, value }) => [key, value.id])).toEqual([['one', 1]]);
  });
});

describe.each(['at-least-once', 'exactly-once'] as const)('signals of events that are done, %s', (guarantee) => {
  const signals: AbortSignal[] = [];

  @App({ id: 'signals' })
  class Signals {
    @Handler(keyedOrders, { batch: { max: 5 } })
    async batch(_: Order[], events: Event[]): Promise<void> {
      for (const { signal } of events) signals.push(signal);
    }

    @Handler(keyedOrders)
    sync(_: Order, { signal }: Event): void {
      signals.push(signal);
    }
  }

  it('are let go: a hand-over does not abort them', async () => {
    app = await TestApp.start(Signals, { overrides: { guarantee } });
    await app.send(
      keyedOrders,
      Array.from({ length: 10 }, (_, id) => orderOf(id)),
    );
    await app.settled();
    await app.restart();
    expect(signals).toHaveLength(20);
    expect(signals.filter(({ aborted }) => aborted)).toEqual([]);
  });
});

describe.each(['at-least-once', 'exactly-once'] as const)('a second loop over a stream, %s', (guarantee) => {
  @App({ id: 'second' })
  class Second {
    readonly seen: number[] = [];

    constructor(@Inject(CLOCK) private readonly clock: Clock) {}

    @Agent(keyedOrders)
    async take(stream: Stream<Order>): Promise<void> {
      for await (const some of stream.take(2, '100ms')) {
        this.seen.push(...some.map(({ id }) => id));
        await this.clock.sleep(50);
        break;
      }
      for await (const { id } of stream) this.seen.push(id);
    }
  }

  // The event that was fetched ahead for the first went nowhere, and the offset stood still.
  it('is refused where arrays are gathered', async () => {
    app = await TestApp.start(Second, { overrides: { guarantee } });
    await app.send(keyedOrders, orderOf(1));
    await expect(app.advance('1s')).rejects.toThrow(/a stream with take or flatMap is looped over once/);
    expect(app.committed(keyedOrders)).toBe(1);
  });

  @App({ id: 'header' })
  class Header {
    readonly seen: string[] = [];

    @Agent(keyedOrders)
    async take(stream: Stream<Order>): Promise<void> {
      for await (const { id } of stream) {
        this.seen.push(`first ${id}`);
        break;
      }
      for await (const { id } of stream) this.seen.push(`next ${id}`);
    }
  }

  it('goes on where nothing is fetched ahead', async () => {
    app = await TestApp.start(Header, { overrides: { guarantee } });
    await app.send(
      keyedOrders,
      [1, 2, 3].map((id) => orderOf(id)),
    );
    await app.settled();
    expect(app.get(Header).seen).toEqual(['first 1', 'next 2', 'next 3']);
    expect(app.committed(keyedOrders)).toBe(3);
  });
});

describe.each(['at-least-once', 'exactly-once'] as const)('an agent, %s', (guarantee) => {
  const results = topic('results', { value: 'json' });
  const keyed = (id: number, key = `k${id % 3}`) => ({ key, value: { id } });
  const manyKeyed = (count: number) => Array.from({ length: count }, (_, id) => keyed(id));

  @App({ id: 'streams' })
  class Streams {
    readonly seen: unknown[] = [];
    failures = 0;
    @Agent(orders, { sinks: [results], errors: { retry: { attempts: 2, backoff: '1s' } } })
    async *double(stream: Stream<Order>): AsyncIterable<{ readonly doubled: number }> {
      for await (const { id } of stream) {
        if (id === 13) {
          this.failures++;
          throw new Error('unlucky');
        }
        this.seen.push(id);
        yield { doubled: id * 2 };
      }
    }
  }

  it('yields results to its sinks', async () => {
    app = await TestApp.start(Streams, { overrides: { guarantee } });
    await app.send(orders, manyKeyed(3));
    await app.settled();
    expect(app.sent(results).map(({ key, value }) => [key, value])).toEqual([
      ['k0', { doubled: 0 }],
      ['k1', { doubled: 2 }],
      ['k2', { doubled: 4 }],
    ]);
    expect(app.committed(orders)).toBe(3);
  });

  it('is run again from the event that failed, which is then set aside', async () => {
    app = await TestApp.start(Streams, { overrides: { guarantee } });
    await app.send(orders, [keyed(1), keyed(13), keyed(2)]);
    await app.settled();
    expect(app.get(Streams).failures).toBe(1);
    expect(app.committed(orders)).toBe(1);
    await app.advance('5s');
    expect(app.get(Streams).failures).toBe(3);
    expect(app.get(Streams).seen).toEqual([1, 2]);
    expect(app.deadLetters()).toMatchObject([{ offset: 1, attempts: 3 }]);
    expect(app.committed(orders)).toBe(3);
  });

  it('goes on after messages that cannot be decoded', async () => {
    app = await TestApp.start(Streams, { overrides: { guarantee } });
    await app.send(orders, [{ value: Buffer.from('{') }, keyed(1), { value: Buffer.from([0xff]) }, keyed(2)]);
    await app.settled();
    expect(app.get(Streams).seen).toEqual([1, 2]);
    expect(app.deadLetters()).toHaveLength(2);
    expect(app.committed(orders)).toBe(4);
  });

  @App({ id: 'taking' })
  class Taking {
    readonly seen: unknown[] = [];
    @Agent(orders)
    async take(stream: Stream<Order>): Promise<void> {
      for await (const some of stream.filter(({ id }) => id % 2 === 0).take(2, '3s')) this.seen.push(some.map(({ id }) => id));
    }
  }

  it('takes arrays of what passes a filter, acknowledged together', async () => {
    app = await TestApp.start(Taking, { overrides: { guarantee } });
    await app.send(orders, manyKeyed(7));
    await app.settled();
    expect(app.get(Taking).seen).toEqual([
      [0, 2],
      [4, 6],
    ]);
    await app.send(orders, keyed(8));
    await app.settled();
    expect(app.committed(orders)).toBe(7);
    await app.advance('3s');
    expect(app.get(Taking).seen).toEqual([[0, 2], [4, 6], [8]]);
    expect(app.committed(orders)).toBe(8);
  });

  @App({ id: 'leaving' })
  class Leaving {
    @Agent(orders)
    async leave(stream: Stream<Order>): Promise<void> {
      for await (const _ of stream) return;
    }
  }

  it('stops the worker when it leaves its loop, since its partition would stand still', async () => {
    app = await TestApp.start(Leaving, { overrides: { guarantee } });
    await app.send(orders, manyKeyed(2));
    await expect(app.settled()).rejects.toMatchObject({ code: 'AGENT_RETURNED' });
  });

  @App({ id: 'pairs' })
  class Pairs {
    readonly seen: unknown[] = [];
    @Agent(orders)
    async items(stream: Stream<Order, string>): Promise<void> {
      for await (const [key, { id }] of stream.items()) this.seen.push([key, id]);
    }
    @Agent(orders)
    async events(stream: Stream<Order, string>): Promise<void> {
      for await (const event of stream.events()) this.seen.push(event.offset);
    }
    @Handler(orders)
    async copy(_: Order, event: Event<string, Order>): Promise<void> {
      await event.forward(results, { key: 'new' });
    }
  }

  it('shares a topic with others, each seeing every event', async () => {
    app = await TestApp.start(Pairs, { overrides: { guarantee } });
    await app.send(orders, { ...keyed(5), headers: { h: 'v' } });
    await app.settled();
    expect(app.get(Pairs).seen).toEqual(expect.arrayContaining([['k2', 5], 0]));
    expect(app.sent(results)).toMatchObject([{ key: 'new', value: { id: 5 }, headers: { h: Buffer.from('v') } }]);
    expect(app.committed(orders)).toBe(1);
  });
});

describe('a loop that yields at its end, exactly once', () => {
  @App({ id: 'sums', guarantee: 'exactly-once' })
  class Sums {
    constructor(@Inject(invoices) readonly out: Topic<string, Order>) {}
    @Agent(orders, { sinks: [invoices] })
    async *take(stream: Stream<Order>): AsyncGenerator<Order> {
      let sum = 0;
      for await (const some of stream.filter(({ id }) => id > 0).take(2, '1s')) for (const { id } of some) sum += id;
      yield { id: sum };
    }
  }
  it.each([[[1, 2]], [[1, 2, -1]]])('sends what the loop yields at the end: %j', async (given) => {
    app = await TestApp.start(Sums);
    await app.send(orders, given.map(order));
    await app.advance('5s');
    await app.restart();
    await app.settled();
    expect(ids()).toEqual([3]);
  });
});

describe('a loop that runs again, exactly once', () => {
  let isRetried = true;
  let runs = 0;

  @App({
    id: 'again',
    guarantee: 'exactly-once',
    errors: { retry: { attempts: 20, backoff: { initial: '1s', factor: 1 }, jitter: false, retryable: () => isRetried } },
  })
  class Again {
    constructor(
      @Inject(invoices) readonly out: Topic<string, Order>,
      @Inject(CLOCK) readonly clock: Clock,
    ) {}
    @Agent(orders)
    async take(stream: Stream<Order>): Promise<void> {
      for await (const some of stream.take(2, '130ms')) {
        if (++runs === 1) {
          await this.clock.sleep(500);
          throw new Error('once');
        }
        for (const { id } of some) await this.out.send({ key: 'a', value: { id } });
        await this.clock.sleep(5_000);
      }
    }
  }
  // While a message fetched ahead waited for its retry, the lane was taken to be at rest though its loop ran again.
  it('commits nothing of an event that a loop runs again, while another waits for its retry', async () => {
    app = await TestApp.start(Again);
    await app.send(orders, order(1));
    await app.clock.advanceTo(app.clock.now() + 135);
    await app.send(orders, malformed);
    await app.advance('3s');
    await app.crash();
    isRetried = false;
    await app.restart();
    await app.advance('1m');
    expect(ids()).toEqual([1]);
  });
});

describe.each(['at-least-once', 'exactly-once'] as const)('%s', (guarantee) => {
  @App({ id: 'waits', errors: { retry: { attempts: 1, backoff: '200ms', retryable: () => true } } })
  class Waits {
    readonly seen: number[] = [];
    @Agent(orders)
    async take(stream: Stream<Order>): Promise<void> {
      for await (const { id } of stream) this.seen.push(id);
    }
  }
  it('gives a loop that waits what comes behind a message that cannot be decoded', async () => {
    app = await TestApp.start(Waits, { overrides: { guarantee } });
    await app.send(orders, order(0));
    await app.settled();
    await app.send(orders, [malformed, order(1), order(2)]);
    await app.advance('1m');
    await app.send(orders, order(3));
    await app.advance('1m');
    expect(app.deadLetters()).toHaveLength(1);
    expect(app.get(Waits).seen).toEqual([0, 1, 2, 3]);
    expect(app.committed(orders)).toBe(5);
  });
});

describe('events that keep the thread, one after another', () => {
  let turns = 0;
  let turnsAtLast = -1;
  function work(id: number): void {
    if (id === 0) {
      turns = 0;
      const count = () => {
        turns++;
        if (turns < 1_000) setImmediate(count);
      };
      setImmediate(count);
    }
    for (const ends = performance.now() + 1; performance.now() < ends; );
    if (id === 499) turnsAtLast = turns;
  }
  @App({ id: 'handles' })
  class Handles {
    @Handler(orders)
    take({ id }: Order): void {
      work(id);
    }
  }
  @App({ id: 'loops' })
  class Loops {
    @Agent(orders)
    async take(stream: Stream<Order>): Promise<void> {
      for await (const { id } of stream) work(id);
    }
  }
  it.each([
    ['handler', Handles],
    ['loop', Loops],
  ] as const)('give it back every 15 ms: %s', async (_, shape) => {
    app = await TestApp.start(shape);
    await app.send(
      orders,
      Array.from({ length: 500 }, (_, id) => ({ key: 'a', value: { id } })),
    );
    await app.settled();
    expect(turnsAtLast).toBeGreaterThan(5);
  });
});
