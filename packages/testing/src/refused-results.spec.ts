import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent, App, Handler, Inject, json, type Stream, type Topic, topic } from '@weir/core';
import { TestApp } from './index.js';
import type { Order } from './orders.fixture.js';

const orders = topic('orders', { value: json<Order>() });
/** Takes no message without a key. */
const latest = topic('latest', { value: json<Order>(), cleanup: 'compact' });

/** How often each order was handled. */
class Runs {
  readonly of = new Map<number, number>();
  count(id: number): void {
    this.of.set(id, (this.of.get(id) ?? 0) + 1);
  }
}

@App({ id: 'handler', providers: [Runs] })
class Results {
  constructor(@Inject(Runs) readonly runs: Runs) {}
  @Handler(orders, { sinks: [latest] })
  take(order: Order): Order {
    this.runs.count(order.id);
    return order;
  }
}

@App({ id: 'soon', providers: [Runs] })
class SendsSoon {
  constructor(
    @Inject(Runs) readonly runs: Runs,
    @Inject(latest) readonly out: Topic<string, Order>,
  ) {}
  @Handler(orders)
  take(value: Order, { key }: { readonly key: string | null }): void {
    this.runs.count(value.id);
    this.out.sendSoon({ key, value });
  }
}

@App({ id: 'unseen', providers: [Runs] })
class SendsUnseen {
  constructor(
    @Inject(Runs) readonly runs: Runs,
    @Inject(latest) readonly out: Topic<string, Order>,
  ) {}
  @Handler(orders)
  take(value: Order, { key }: { readonly key: string | null }): void {
    this.runs.count(value.id);
    void this.out.send({ key, value });
  }
}

@App({ id: 'arrays', providers: [Runs] })
class Arrays {
  constructor(@Inject(Runs) readonly runs: Runs) {}
  @Handler(orders, { batch: { max: 10 }, sinks: [latest] })
  take(all: Order[]): Order[] {
    for (const { id } of all) this.runs.count(id);
    return all;
  }
}

@App({ id: 'keyed', providers: [Runs] })
class Concurrent {
  constructor(@Inject(Runs) readonly runs: Runs) {}
  @Handler(orders, { concurrency: { by: 'none', max: 4 }, sinks: [latest] })
  async take(order: Order): Promise<Order> {
    this.runs.count(order.id);
    return order;
  }
}

@App({ id: 'loop', providers: [Runs] })
class Loop {
  constructor(@Inject(Runs) readonly runs: Runs) {}
  @Agent(orders, { sinks: [latest] })
  async *take(stream: Stream<Order>): AsyncIterable<Order> {
    for await (const order of stream) {
      this.runs.count(order.id);
      yield order;
    }
  }
}

const forms = { Results, SendsSoon, SendsUnseen, Arrays, Concurrent, Loop };
const bad = (id: number, partition = 0) => ({ key: null, value: { id }, partition });
const good = (id: number, partition = 0) => ({ key: 'k', value: { id }, partition });

let app: TestApp;
afterEach(() => app.stop());
const setAside = () =>
  app.deadLetters().map(({ partition, offset, attempts, error }) => `${partition}@${offset} ${attempts} ${error.code}`);

// At least once two such events undid each other for ever: 216 runs in a minute, nothing committed, 31 dead letters of the first.
describe.each(Object.entries(forms))('results that the broker refuses, at least once: %s', (_, form) => {
  it('have each of their events set aside once, and committed', async () => {
    app = await TestApp.start(form);
    await app.advance('500ms');
    await app.send(orders, bad(1));
    await app.advance('1s');
    await app.send(orders, bad(2));
    await app.advance('1m');
    expect(setAside()).toEqual(['0@0 4 DELIVERY_FAILED', '0@1 4 DELIVERY_FAILED']);
    expect(app.committed(orders)).toBe(2);
    expect(Math.max(...app.get<Runs>(Runs).of.values())).toBeLessThanOrEqual(8);
  });

  it('hold up nothing for long where one comes every second among others', async () => {
    app = await TestApp.start(form);
    for (let second = 0; second < 20; second++) {
      await app.send(orders, [good(second * 3), bad(second * 3 + 1), good(second * 3 + 2)]);
      await app.advance('1s');
    }
    await app.advance('1m');
    const expected = Array.from({ length: 20 }, (_, second) => `0@${second * 3 + 1} 4 DELIVERY_FAILED`);
    expect(setAside().sort()).toEqual(expected.sort());
    expect(app.committed(orders)).toBe(60);
    const runs = [...app.get<Runs>(Runs).of].filter(([id]) => id % 3 !== 1).map(([, count]) => count);
    expect(Math.max(...runs)).toBeLessThanOrEqual(4);
  });
});

describe('results that the broker refuses on several partitions, at least once', () => {
  @App({ id: 'shop', providers: [Runs], errors: { retry: { attempts: 2, backoff: '5s', jitter: 0 } } })
  class Slow extends Results {}

  it('do not undo what is known of each other: one dead letter for each, after the usual attempts', async () => {
    app = await TestApp.start(Slow, { partitions: 3 });
    for (let second = 0; second < 10; second++) {
      await app.send(orders, [bad(second, second % 3), good(100 + second, (second + 1) % 3)]);
      await app.advance('1s');
    }
    await app.advance('10m');
    expect(
      app
        .deadLetters()
        .map(({ value }) => JSON.parse(String(value)).id)
        .sort((a, b) => a - b),
    ).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(new Set(app.deadLetters().map(({ attempts }) => attempts))).toEqual(new Set([3]));
    expect([0, 1, 2].map((partition) => app.committed(orders, partition))).toEqual(
      [0, 1, 2].map((partition) => app.broker.messages('orders').filter((message) => message.partition === partition).length),
    );
  });
});
