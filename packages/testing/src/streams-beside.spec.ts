import { performance } from 'node:perf_hooks';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent, App, CLOCK, type Clock, Handler, Inject, type Stream, type Topic } from '@weir/core';
import { TestApp } from './index.js';
import { invoices, malformed, type Order, order, orders } from './orders.fixture.js';

let app: TestApp;
afterEach(() => app.stop());
const ids = () => app.sent(invoices).map(({ value }) => value.id);

describe('gathering, exactly once, while a message that cannot be decoded waits for its retry', () => {
  @App({
    id: 'gathers',
    guarantee: 'exactly-once',
    drainTimeout: '5s',
    errors: { retry: { attempts: 1, backoff: '10s', jitter: false, retryable: () => true } },
  })
  class Gathers {
    constructor(@Inject(invoices) readonly out: Topic<string, Order>) {}
    @Agent(orders)
    async take(stream: Stream<Order>): Promise<void> {
      for await (const some of stream.take(3, '1s')) for (const { id } of some) this.out.sendSoon({ key: 'a', value: { id } });
    }
  }
  it('comes to rest while it gathers and a message that cannot be decoded waits for its retry', async () => {
    app = await TestApp.start(Gathers);
    await app.send(orders, [order(1), malformed]);
    await app.advance('1m');
    expect(ids()).toEqual([1]);
    expect(app.deadLetters()).toHaveLength(1);
    expect(app.committed(orders)).toBe(2);
  });
});

describe('gathering, exactly once, with dead letters on the way', () => {
  @App({ id: 'rare', guarantee: 'exactly-once', errors: { retry: { attempts: 0 } } })
  class Rare {
    constructor(@Inject(invoices) readonly out: Topic<string, Order>) {}
    @Agent(orders)
    async take(stream: Stream<Order>): Promise<void> {
      for await (const some of stream.filter(({ id }) => id === 1).take(3, '1h'))
        for (const { id } of some) this.out.sendSoon({ key: 'a', value: { id } });
    }
  }
  it('sets a message aside once, however much is dropped while an array is gathered', async () => {
    app = await TestApp.start(Rare);
    await app.send(orders, [order(1), malformed]);
    await app.advance('1s');
    expect(app.deadLetters()).toHaveLength(1);
    await app.send(
      orders,
      Array.from({ length: 4_100 }, (_, i) => order(i + 2)),
    );
    await app.advance('1s');
    await app.crash();
    await app.restart();
    await app.advance('1s');
    expect(app.deadLetters()).toHaveLength(1);
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
