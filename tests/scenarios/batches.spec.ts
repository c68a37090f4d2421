import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent, App, type Event, Handler, Inject, type Stream, type Topic, topic } from '@weir/core';
import { TestApp } from '@weir/testing';
import { invoices, malformed, type Order, order, orders } from './orders.fixture.js';

const results = topic('results', { value: 'json' });
let app: TestApp;
afterEach(() => app?.stop());
const keyed = (id: number, key = `k${id % 3}`) => ({ key, value: { id } });
const manyKeyed = (count: number) => Array.from({ length: count }, (_, id) => keyed(id));
const ids = () => app.sent(invoices).map(({ value }) => value.id);

describe.each(['at-least-once', 'exactly-once'] as const)('a batch handler, %s', (guarantee) => {
  @App({ id: 'batches' })
  class Batches {
    readonly seen: number[][] = [];
    @Handler(orders, { batch: { max: 4, within: '2s' }, sinks: [results], errors: { retry: { attempts: 1, backoff: '1s' } } })
    take(values: Order[], events: Event<string, Order>[]): { readonly doubled: number }[] {
      expect(events.map((event) => event.value)).toEqual(values);
      this.seen.push(values.map(({ id }) => id));
      if (values.some(({ id }) => id === 13)) throw new Error('unlucky');
      return values.map(({ id }) => ({ doubled: id * 2 }));
    }
  }

  it('is given arrays when they are full, and what there is when the time is up', async () => {
    app = await TestApp.start(Batches, { overrides: { guarantee } });
    await app.send(orders, manyKeyed(6));
    await app.settled();
    expect(app.get(Batches).seen).toEqual([[0, 1, 2, 3]]);
    expect(app.committed(orders)).toBe(4);
    await app.advance('2s');
    expect(app.get(Batches).seen).toEqual([
      [0, 1, 2, 3],
      [4, 5],
    ]);
    expect(app.sent(results)).toHaveLength(6);
    expect(app.sent(results)[5]).toMatchObject({ key: 'k2', value: { doubled: 10 } });
  });

  it('sets only those aside that fail alone', async () => {
    app = await TestApp.start(Batches, { overrides: { guarantee } });
    await app.send(
      orders,
      [12, 13, 14, 15].map((id) => keyed(id)),
    );
    await app.settled();
    await app.advance('2s');
    expect(app.deadLetters().map(({ offset, attempts }) => [offset, attempts])).toEqual([[1, 3]]);
    expect(app.sent(results).map(({ value }) => value)).toEqual([{ doubled: 24 }, { doubled: 28 }, { doubled: 30 }]);
    expect(app.committed(orders)).toBe(4);
  });

  it('is given what was being gathered when the worker stops', async () => {
    app = await TestApp.start(Batches, { overrides: { guarantee } });
    await app.send(orders, manyKeyed(2));
    await app.settled();
    const { seen } = app.get(Batches);
    await app.stop();
    expect(seen).toEqual([[0, 1]]);
    expect(app.committed(orders)).toBe(2);
  });
});

describe.each(['at-least-once', 'exactly-once'] as const)('results of a batch, %s', (guarantee) => {
  @App({ id: 'some' })
  class Some {
    @Handler(orders, { batch: { max: 3 }, sinks: [results] })
    take(values: Order[]): (Order | undefined)[] {
      return values.map((value) => (value.id % 2 === 0 ? value : undefined));
    }
  }

  // An undefined result used to be written as a tombstone.
  it('are not sent where they are undefined', async () => {
    app = await TestApp.start(Some, { overrides: { guarantee } });
    await app.send(orders, manyKeyed(3));
    await app.settled();
    expect(app.sent(results).map(({ value }) => value)).toEqual([{ id: 0 }, { id: 2 }]);
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
