import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent, App, CLOCK, type Clock, type Codec, Handler, Inject, type Stream, type Topic, topic } from '@weir/core';
import { TestApp } from './index.js';
import { invoices, malformed, type Order, order, orders } from './orders.fixture.js';

let app: TestApp;
afterEach(() => app.stop());
const ids = () => app.sent(invoices).map(({ value }) => value.id);

describe('at least once, a loop whose message is refused for itself', () => {
  const errors = { retry: { attempts: 2, backoff: '10s' } } as const;
  @App({ id: 'loop', errors })
  class Loop {
    constructor(@Inject(invoices) readonly out: Topic<string, Order>) {}
    @Agent(orders)
    async take(stream: Stream<Order>): Promise<void> {
      for await (const { id } of stream) this.out.sendSoon({ key: 'a', value: { id } });
    }
  }
  @App({ id: 'handler', errors })
  class Handles {
    constructor(@Inject(invoices) readonly out: Topic<string, Order>) {}
    @Handler(orders)
    take({ id }: Order): void {
      this.out.sendSoon({ key: 'a', value: { id } });
    }
  }
  it.each([
    ['loop', Loop],
    ['handler', Handles],
  ] as const)('does not commit before its dead letter is written: %s', async (_, shape) => {
    app = await TestApp.start(shape);
    app.broker.faults.failProduce((m) => m.topic === 'invoices');
    await app.send(orders, order(1));
    await app.advance('5s');
    expect(app.deadLetters()).toHaveLength(0);
    expect(app.committed(orders)).toBe(0);
    await app.crash();
    await app.restart();
    await app.advance('1m');
    expect(app.deadLetters()).toHaveLength(1);
  });
});

describe('at least once, then: stop', () => {
  const errors = { retry: { attempts: 0 }, then: 'stop' } as const;
  @App({ id: 'loop', errors })
  class Loop {
    constructor(@Inject(invoices) readonly out: Topic<string, Order>) {}
    @Agent(orders)
    async take(stream: Stream<Order>): Promise<void> {
      for await (const { id } of stream) this.out.sendSoon({ key: 'a', value: { id } });
    }
  }
  @App({ id: 'handler', errors })
  class Handles {
    constructor(@Inject(invoices) readonly out: Topic<string, Order>) {}
    @Handler(orders)
    take({ id }: Order): void {
      this.out.sendSoon({ key: 'a', value: { id } });
    }
  }
  it.each([
    ['handler', Handles],
    ['loop', Loop],
  ] as const)('commits nothing of an event whose message is refused: %s', async (_, shape) => {
    app = await TestApp.start(shape);
    app.broker.faults.failProduce((m) => m.topic === 'invoices');
    await app.send(orders, order(1));
    await expect(app.advance('5s')).rejects.toThrow();
    expect(app.deadLetters()).toHaveLength(0);
    expect(app.committed(orders)).toBe(0);
  });
  it.each([
    ['handler', Handles],
    ['loop', Loop],
  ] as const)('nor at a stop while it waits for its retry: %s', async (_, shape) => {
    app = await TestApp.start(shape, { overrides: { errors: { retry: { attempts: 3, backoff: '10s' } } } });
    let refused = 0;
    app.broker.faults.failProduce((m) => m.topic === 'invoices' && refused++ < 3);
    await app.send(orders, order(1));
    await app.advance('3s');
    await app.restart();
    await app.advance('1m');
    expect(ids()).toEqual([1]);
  });
});

describe('an array that fails after it has sent something', () => {
  const errors = { retry: { attempts: 0 } } as const;
  class Invoicing {
    constructor(@Inject(invoices) readonly out: Topic<string, Order>) {}
    async all(some: readonly Order[]): Promise<void> {
      for (const { id } of some) {
        await this.out.send({ key: 'a', value: { id } });
        if (id === 2) throw new Error('always');
      }
    }
  }
  @App({ id: 'loop', errors })
  class Loop extends Invoicing {
    @Agent(orders)
    async take(stream: Stream<Order>): Promise<void> {
      for await (const some of stream.take(2, '1s')) await this.all(some);
    }
  }
  @App({ id: 'batch', errors })
  class Batch extends Invoicing {
    @Handler(orders, { batch: { max: 2, within: '1s' } })
    take(some: Order[]): Promise<void> {
      return this.all(some);
    }
  }
  it.each([
    ['at-least-once', 'loop', Loop],
    ['at-least-once', 'batch', Batch],
    ['exactly-once', 'loop', Loop],
    ['exactly-once', 'batch', Batch],
  ] as const)('sets aside only the event that fails by itself: %s, %s', async (guarantee, _, shape) => {
    app = await TestApp.start(shape, { overrides: { guarantee } });
    await app.send(orders, [1, 2].map(order));
    await app.advance('30s');
    expect(app.deadLetters().map(({ offset }) => offset)).toEqual([1]);
    expect([...new Set(ids())].filter((id) => id === 1)).toEqual([1]);
  });
});

describe('with default options for errors, an array of which one value cannot be encoded', () => {
  @App({ id: 'encodes' })
  class Encodes {
    constructor(@Inject(invoices) readonly out: Topic<string, Order>) {}
    @Handler(orders, { batch: { max: 2, within: '1s' } })
    async take(some: Order[]): Promise<void> {
      for (const { id } of some) await this.out.send({ key: 'a', value: { id, big: id === 2 ? 1n : 0 } as Order });
    }
  }
  it.each(['at-least-once', 'exactly-once'] as const)('sets aside only its event: %s', async (guarantee) => {
    app = await TestApp.start(Encodes, { overrides: { guarantee } });
    await app.send(orders, [1, 2].map(order));
    await app.advance('30s');
    expect(app.deadLetters().map(({ offset }) => offset)).toEqual([1]);
    expect([...new Set(ids())]).toEqual([1]);
  });
});

describe('a try that fails while a part of it runs on, exactly once', () => {
  class Invoicing {
    #hasFailed = false;

    constructor(
      @Inject(invoices) private readonly out: Topic<string, Order>,
      @Inject(CLOCK) private readonly clock: Clock,
    ) {}

    async both({ id }: Order): Promise<void> {
      await Promise.all([this.slowly(id), this.once()]);
    }

    async slowly(id: number): Promise<void> {
      await this.clock.sleep(300);
      if (id % 2 === 0) this.out.sendSoon({ key: 'a', value: { id } });
      else await this.out.send({ key: 'a', value: { id } });
    }

    async once(): Promise<void> {
      if (this.#hasFailed) return;
      this.#hasFailed = true;
      throw new Error('once');
    }
  }

  const options = { guarantee: 'exactly-once', errors: { retry: { attempts: 3, backoff: '50ms', jitter: false } } } as const;

  @App({ id: 'single', ...options })
  class Single extends Invoicing {
    @Handler(orders)
    take(one: Order): Promise<void> {
      return this.both(one);
    }
  }

  @App({ id: 'keyed', ...options })
  class Keyed extends Invoicing {
    @Handler(orders, { concurrency: { by: 'key', max: 4 } })
    take(one: Order): Promise<void> {
      return this.both(one);
    }
  }

  @App({ id: 'batch', ...options })
  class Batch extends Invoicing {
    @Handler(orders, { batch: { max: 2 } })
    async take(some: Order[]): Promise<void> {
      for (const one of some) await this.both(one);
    }
  }

  @App({ id: 'loop', ...options })
  class Loop extends Invoicing {
    @Agent(orders)
    async take(stream: Stream<Order>): Promise<void> {
      for await (const one of stream) await this.both(one);
    }
  }

  const shapes = [
    ['single', Single],
    ['keyed', Keyed],
    ['batch', Batch],
    ['loop', Loop],
  ] as const;

  // What the part that ran on sent went out with the next try, beside that try's own.
  it.each(shapes)('sends nothing in the name of the next: %s', async (_, shape) => {
    app = await TestApp.start(shape);
    await app.send(orders, [1, 2].map(order));
    await app.advance('10s');
    expect(ids().sort()).toEqual([1, 2]);
  });

  it.each(shapes)('sends nothing for an event that was set aside: %s', async (_, shape) => {
    app = await TestApp.start(shape, { overrides: { errors: { retry: { attempts: 0 } } } });
    await app.send(orders, order(1));
    await app.advance('10s');
    expect(app.deadLetters()).toHaveLength(1);
    expect(ids()).toEqual([]);
    await app.send(orders, order(2));
    await app.advance('10s');
    expect(ids()).toEqual([2]);
  });
});

describe('an array', () => {
  @App({ id: 'batch', errors: { retry: { attempts: 3, backoff: '10s', retryable: () => true } } })
  class Batch {
    readonly seen: number[] = [];
    @Handler(orders, { batch: { max: 2 } })
    take(some: Order[]): void {
      this.seen.push(...some.map(({ id }) => id));
    }
  }
  it('does not begin when its partition is lost while one of its events waits for its retry', async () => {
    app = await TestApp.start(Batch);
    await app.send(orders, [order(1), malformed]);
    await app.settled();
    const first = app.get(Batch);
    app.broker.faults.losePartition({ topic: 'orders', partition: 0 });
    for (let i = 0; i < 50; i++) await new Promise(setImmediate);
    expect(first.seen).toEqual([]);
  });
});

describe('an event that can be decoded at its second try', () => {
  const errors = { retry: { attempts: 3, backoff: '1s', retryable: () => true } } as const;
  let isLoaded: boolean;
  let seen: number[];
  const late: Codec<Order> = {
    name: 'late',
    form: 'text',
    encode: (value) => JSON.stringify(value),
    decode: (text) => {
      if (!isLoaded) throw new Error('the schema is not loaded yet');
      return JSON.parse(text) as Order;
    },
  };
  const lateOrders = topic('orders', { value: late });

  @App({ id: 'loop', errors })
  class Loop {
    @Agent(lateOrders)
    async take(stream: Stream<Order>): Promise<void> {
      for await (const { id } of stream) seen.push(id);
    }
  }
  @App({ id: 'batch', errors })
  class Batch {
    @Handler(lateOrders, { batch: { max: 5 } })
    take(values: Order[]): void {
      seen.push(...values.map(({ id }) => id));
    }
  }
  @App({ id: 'single', errors })
  class Single {
    @Handler(lateOrders)
    take({ id }: Order): void {
      seen.push(id);
    }
  }
  it.each([
    ['single', Single],
    ['batch', Batch],
    ['loop', Loop],
  ] as const)('is handled: %s', async (_, shape) => {
    isLoaded = false;
    seen = [];
    app = await TestApp.start(shape);
    await app.send(lateOrders, order(1));
    await app.settled();
    isLoaded = true;
    await app.advance('1m');
    expect(app.committed(lateOrders)).toBe(1);
    expect(seen).toEqual([1]);
  });
});
