import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Agent,
  App,
  type Event,
  globalTable,
  Handler,
  Inject,
  type Joined,
  join,
  json,
  leftJoin,
  outerJoin,
  type Stream,
  type Table,
  table,
  topic,
} from '@weir/core';
import { waitingIn } from '@weir/core/internal/tables';
import { TestApp } from '@weir/testing';

const begin = Date.parse('2000-01-01T12:00:00Z');
const second = 1_000;
const orders = topic('orders', { key: 'string', value: json<{ item: string }>() });
const payments = topic('payments', { key: 'string', value: json<{ amount: number }>() });
const results = topic('results', { key: 'string', value: 'json' });

let app: TestApp;
afterEach(() => app.stop());

const order = (key: string, item: string, seconds: number) => ({ key, value: { item }, timestamp: begin + seconds * second });
const payment = (key: string, amount: number, seconds: number) => ({ key, value: { amount }, timestamp: begin + seconds * second });
/** What a changelog has of keys that are there. */
const blocksIn = (changelog: string) => {
  app.broker.compact(changelog);
  return app.broker.messages(changelog).flatMap(({ value }) => value ?? []);
};
const sent = () => app.sent(results).map(({ key, value }) => [key, value]);
const start = (appClass: Parameters<typeof TestApp.start>[0], overrides = {}) =>
  TestApp.start(appClass, { start: begin + 3_600 * second, overrides: { idleAfter: '10h', ...overrides } });

describe.each(['at-least-once', 'exactly-once'] as const)('a join of two topics, %s', (guarantee) => {
  const paid = outerJoin(orders, payments, { within: '10s', grace: '5s' });

  @App({ id: 'shop', errors: { retry: { attempts: 1, backoff: '1s' } } })
  class Shop {
    failing: string | undefined;

    @Handler(paid, { sinks: [results] })
    take(pair: readonly [{ item: string } | undefined, { amount: number } | undefined], event: Event & Joined<string>): unknown {
      if (event.key === this.failing) throw new Error('refused');
      return { pair: [pair[0] ?? null, pair[1] ?? null], time: (event.time - begin) / second, topic: event.topic };
    }
  }

  it('gives each pair of a key whose times are close, and once its time is over what has no counterpart', async () => {
    app = await start(Shop, { guarantee });
    await app.send(orders, [order('a', 'cup', 0), order('b', 'pen', 1)]);
    await app.send(payments, [payment('a', 7, 10), payment('b', 3, 12)]);
    await app.settled();
    expect(sent()).toEqual([['a', { pair: [{ item: 'cup' }, { amount: 7 }], time: 10, topic: 'payments' }]]);
    await app.send(orders, order('z', '-', 60));
    await app.send(payments, payment('z', 0, 60));
    await app.settled();
    expect(sent().slice(1)).toEqual([
      ['z', { pair: [{ item: '-' }, { amount: 0 }], time: 60, topic: 'payments' }],
      ['b', { pair: [{ item: 'pen' }, null], time: 1, topic: paid.name }],
      ['b', { pair: [null, { amount: 3 }], time: 12, topic: paid.name }],
    ]);
    await app.advance('3s');
    await app.crash();
    await app.restart({ datadir: 'lost' });
    await app.settled();
    expect(sent()).toHaveLength(4);
    expect(waitingIn(blocksIn('shop-orders-payments-join-changelog'))).toBe(2);
  });

  it('gives several pairs of one event in one attempt: it is retried and set aside as a whole', async () => {
    app = await start(Shop, { guarantee });
    await app.send(orders, [order('a', 'cup', 0), order('a', 'pen', 1)]);
    await app.settled();
    app.get(Shop).failing = 'a';
    await app.send(payments, payment('a', 7, 2));
    await app.settled();
    await app.advance('2s');
    expect(app.deadLetters().map(({ topic: of, offset, value }) => [of, offset, String(value)])).toEqual([['payments', 0, '{"amount":7}']]);
    app.get(Shop).failing = undefined;
    await app.send(payments, payment('a', 8, 2));
    await app.settled();
    expect(sent()).toEqual([
      ['a', { pair: [{ item: 'cup' }, { amount: 8 }], time: 2, topic: 'payments' }],
      ['a', { pair: [{ item: 'pen' }, { amount: 8 }], time: 2, topic: 'payments' }],
    ]);
  });

  // What was over stayed in memory and in the changelog until the next event.
  it('keeps nothing of what is over when nothing new comes', async () => {
    const lefts = leftJoin(orders, payments, { within: '10s', name: 'lefts' });
    const inner = join(orders, payments, { within: '10s', name: 'inner' });

    @App({ id: 'silent', guarantee })
    class Silent {
      @Handler(lefts)
      left(): void {}

      @Handler(inner)
      inner(): void {}
    }

    app = await start(Silent, { idleAfter: '1m' });
    await app.send(orders, [order('a', 'cup', 0), order('b', 'pen', 1)]);
    await app.send(payments, [payment('a', 7, 9), payment('c', 3, 12)]);
    await app.settled();
    await app.advance('2m');
    for (const { name } of [lefts, inner]) {
      expect([name, blocksIn(`silent-${name}-changelog`)]).toEqual([name, []]);
    }
  });

  // The topic of which nothing has ever come held the watermark after a restart.
  it('gives what has no counterpart after a restart, where nothing of the other topic has ever come', async () => {
    app = await start(Shop, { guarantee, idleAfter: '1m' });
    await app.send(orders, order('a', 'cup', 0));
    await app.settled();
    await app.advance('2s');
    await app.crash();
    await app.restart();
    await app.advance('2m');
    expect(sent()).toEqual([['a', { pair: [{ item: 'cup' }, null], time: 0, topic: paid.name }]]);
  });

  it('may have a right side that comes only later, or only before', async () => {
    const next = join(orders, payments, { within: { after: '5s' }, name: 'next' }, ({ item }, { amount }) => `${item} ${amount}`);

    @App({ id: 'next', guarantee })
    class Next {
      @Agent(next, { sinks: [results] })
      async *take(pairs: Stream<string, string>): AsyncGenerator<string> {
        for await (const pair of pairs) yield pair;
      }
    }

    app = await start(Next);
    await app.send(orders, [order('a', 'cup', 10)]);
    await app.send(payments, [payment('a', 1, 9), payment('a', 2, 10), payment('a', 3, 15), payment('a', 4, 15.001)]);
    await app.settled();
    expect(sent()).toEqual([
      ['a', 'cup 2'],
      ['a', 'cup 3'],
    ]);
  });

  it('comes in arrays, too', async () => {
    const both = join(orders, payments, { within: '10s' }, ({ item }, { amount }) => `${item} ${amount}`);

    @App({ id: 'arrays', guarantee })
    class Arrays {
      @Handler(both, { batch: { max: 10 }, sinks: [results] })
      take(pairs: string[]): string[] {
        return pairs;
      }
    }

    app = await start(Arrays);
    await app.send(orders, [order('a', 'cup', 0), order('b', 'pen', 0)]);
    await app.settled();
    await app.send(payments, [payment('x', 0, 0), payment('a', 1, 0), payment('b', 2, 0)]);
    await app.settled();
    expect(sent()).toEqual([
      ['a', 'cup 1'],
      ['b', 'pen 2'],
    ]);
  });
});

describe.each(['at-least-once', 'exactly-once'] as const)('a join with a table, %s', (guarantee) => {
  const customers = topic('customers', { key: 'string', value: 'string', cleanup: 'compact' });
  const byId = table('customers-by-id', { source: customers });
  const everywhere = globalTable('customers-everywhere', { source: customers });
  const totals = table('totals', { key: 'string', value: 'long', default: 0 });

  it('gives each event what the table has under its key, and drops those it has not', async () => {
    @App({ id: 'lookups', guarantee })
    class Lookups {
      constructor(@Inject(totals) private readonly totals: Table<string, number>) {}

      @Handler(join(orders, byId), { sinks: [results] })
      both([{ item }, name]: readonly [{ item: string }, string], { left, right }: Joined): unknown {
        return { inner: `${item} for ${name}`, left, right };
      }

      @Handler(
        leftJoin(payments, everywhere, ({ amount }, name) => ({ amount, name })),
        { sinks: [results] },
      )
      left({ amount, name }: { amount: number; name: string | undefined }, { key }: Event): unknown {
        this.totals.update(String(key), (n) => n + amount);
        return { left: amount, name };
      }
    }

    app = await TestApp.start(Lookups, { start: begin });
    await app.send(customers, [{ key: 'a', value: 'Ann' }]);
    await app.settled();
    await app.send(orders, [order('a', 'cup', 0), order('b', 'pen', 0)]);
    await app.send(payments, [payment('a', 1, 0), payment('b', 2, 0)]);
    await app.settled();
    expect(sent()).toEqual([
      ['a', { inner: 'cup for Ann', left: { item: 'cup' }, right: 'Ann' }],
      ['a', { left: 1, name: 'Ann' }],
      ['b', { left: 2 }],
    ]);
    expect(app.table(totals).get('b')).toBe(2);
  });

  it('reads what is complete before the first event, from a table that the app writes, too', async () => {
    const seen = join(payments, totals, (_, total) => total);

    @App({ id: 'own', guarantee })
    class Own {
      constructor(@Inject(totals) private readonly totals: Table<string, number>) {}

      @Handler(orders)
      order(_: unknown, { key }: Event): void {
        this.totals.update(String(key), (n) => n + 1);
      }

      @Handler(seen, { sinks: [results] })
      look(total: number): number {
        return total;
      }
    }

    app = await TestApp.start(Own, { start: begin });
    await app.send(orders, [order('a', 'cup', 0), order('a', 'cup', 1)]);
    await app.settled();
    await app.crash();
    await app.send(payments, [payment('a', 1, 0), payment('b', 1, 0)]);
    await app.restart({ datadir: 'lost' });
    await app.settled();
    expect(sent()).toEqual([
      ['a', 2],
      ['b', 0],
    ]);
  });
});

// One topic ran ahead by all that was fetched of it, tens of thousands of events, and the join had to keep them.
it('a backlog of two topics is read in the order of event times', async () => {
  const left = topic('left', { key: 'string', value: json<number>() });
  const right = topic('right', { key: 'string', value: json<number>() });
  const close = join(left, right, { within: '1s' });
  const order: (readonly ['left' | 'right', number])[] = [];

  @App({ id: 'aligned' })
  class Aligned {
    @Handler(left)
    one(value: number): void {
      order.push(['left', value]);
    }

    @Handler(right)
    other(value: number): void {
      order.push(['right', value]);
    }

    @Handler(close)
    pair(): void {}
  }

  app = await start(Aligned);
  await app.crash();
  const all = Array.from({ length: 3_000 }, (_, at) => ({ key: String(at), value: at, timestamp: begin + at * second }));
  await app.send(left, all);
  await app.send(right, all);
  await app.restart();
  await app.settled();
  expect(order).toHaveLength(6_000);
  const come = { left: 0, right: 0 };
  let apart = 0;
  for (const [side, value] of order) {
    come[side] = value;
    apart = Math.max(apart, Math.abs(come.left - come.right));
  }
  expect(apart).toBeLessThan(200);
});
