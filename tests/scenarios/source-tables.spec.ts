import { afterEach, describe, expect, it } from '@jest/globals';
import { App, Handler, Inject, json, OnRecovered, type ReadonlyTable, type StateError, type Table, table, topic } from '@weir/core';
import { TestApp } from '@weir/testing';

interface Customer {
  readonly name: string;
}

const orders = topic('orders', { key: 'string', value: 'string' });
const customers = topic('customers', { key: 'string', value: json<Customer>() });
const enriched = topic('enriched', { key: 'string', value: 'string' });
const byId = table('customers', { source: customers, default: { name: 'nobody' } });
const counts = table('counts', { key: 'string', value: 'long', default: 0 });

@App({ id: 'enrich' })
class Enrich {
  constructor(
    @Inject(byId) readonly customers: ReadonlyTable<string, Customer>,
    @Inject(counts) readonly counts: Table<string, number>,
  ) {}

  @Handler(orders, { sinks: [enriched] })
  enrich(order: string, { key }: { readonly key: string | null }): string {
    this.counts.update(String(key), (n) => n + 1);
    return `${order} of ${this.customers.get(String(key)).name}`;
  }
}

let app: TestApp;
afterEach(() => app?.stop());

const customer = (key: string, name: string) => ({ key, value: { name } });
const order = (key: string, value = 'order') => ({ key, value });
const written = () =>
  app
    .sent(enriched)
    .map(({ value }) => value)
    .sort();
const disks = ['memory://', 'level://'] as const;
const each = disks.flatMap((store) => (['at-least-once', 'exactly-once'] as const).map((guarantee) => [store, guarantee] as const));

describe.each(each)('a table that is the view of a topic, %s, %s', (store, guarantee) => {
  const overrides = { store, guarantee };

  it('has what was there before the first event, and what comes later', async () => {
    app = await TestApp.start(Enrich, { overrides, partitions: 3 });
    await app.send(customers, [customer('a', 'Ann'), customer('b', 'Bob'), customer('c', 'Cem')]);
    await app.settled();
    await app.send(orders, [order('a'), order('b'), order('x')]);
    await app.settled();
    expect(written()).toEqual(['order of Ann', 'order of Bob', 'order of nobody']);
    await app.send(customers, [customer('a', 'Anna'), { key: 'b', value: null as never }]);
    await app.settled();
    await app.send(orders, [order('a', 'second'), order('b', 'second')]);
    await app.settled();
    expect(written().slice(-2)).toEqual(['second of Anna', 'second of nobody']);
    expect([app.get(Enrich).customers.size, app.table(byId).size, app.table(byId).get('a')]).toEqual([2, 2, { name: 'Anna' }]);
    expect(app.broker.topics()).not.toContain('enrich-customers-changelog');
    expect(app.table(counts).get('a')).toBe(2);
  });

  it('is there after restarts, crashes, the loss of the disk and moves between workers', async () => {
    app = await TestApp.start(Enrich, { overrides, partitions: 4 });
    const names = Array.from({ length: 40 }, (_, index) => `c${index}`);
    await app.send(
      customers,
      names.map((name) => customer(name, name)),
    );
    await app.settled();
    await app.restart();
    await app.send(customers, [customer('c0', 'zero'), { key: 'c1', value: null as never }]);
    await app.settled();
    await app.crash();
    await app.restart();
    await app.settled();
    const second = await app.join();
    await app.settled();
    await app.send(customers, [customer('c2', 'two')]);
    await app.send(
      orders,
      names.map((name) => order(name)),
    );
    await app.settled();
    await second.crash();
    await app.advance('1m');
    await app.restart({ datadir: 'lost' });
    await app.settled();
    const expected = names.map((name) => `order of ${{ c0: 'zero', c1: 'nobody', c2: 'two' }[name] ?? name}`).sort();
    expect([...new Set(written())]).toEqual([...new Set(expected)]);
    expect(app.get(Enrich).customers.size).toBe(39);
    expect(app.get(Enrich).customers.get('c2')).toEqual({ name: 'two' });
  });

  it('leaves out what a transaction of others has not committed', async () => {
    app = await TestApp.start(Enrich, { overrides });
    const producer = await app.broker.transport().producer({ transactionalId: 'other' });
    await producer.transactions?.begin();
    producer.append('customers', 'a', JSON.stringify({ name: 'Ann' }));
    await producer.flush();
    await app.restart();
    await app.send(orders, order('a', 'first'));
    await app.settled();
    await producer.transactions?.commit([] as never);
    await app.settled();
    await app.send(orders, order('a', 'second'));
    await app.settled();
    await producer.transactions?.begin();
    producer.append('customers', 'a', JSON.stringify({ name: 'Abe' }));
    await producer.flush();
    await producer.transactions?.abort();
    await app.send(orders, order('a', 'third'));
    await app.settled();
    expect(written()).toEqual(['first of nobody', 'second of Ann', 'third of Ann']);
  });

  it('fails the event that reads an unreadable value, and no other', async () => {
    app = await TestApp.start(Enrich, { overrides: { ...overrides, errors: { retry: { attempts: 1 } } } });
    await app.send(customers, [customer('a', 'Ann'), { key: 'b', value: Buffer.from('{') }]);
    await app.settled();
    await app.send(orders, [order('a'), order('b'), order('c')]);
    await app.advance('1m');
    expect(written()).toEqual(['order of Ann', 'order of nobody']);
    expect(app.deadLetters().map(({ error }) => error.code)).toEqual(['STATE_UNREADABLE']);
  });
});

describe('a table that is the view of a topic', () => {
  // What came while an older value of the key was being stored was taken for stored, too.
  it('stores what changes while it is being stored', async () => {
    app = await TestApp.start(Enrich, { overrides: { store: 'level://' } });
    app.storeFaults.holdWrites();
    await app.send(customers, customer('a', 'Ann'));
    await app.settled();
    await app.send(customers, customer('a', 'Anna'));
    await app.settled();
    app.storeFaults.release();
    await app.settled();
    await app.send(customers, customer('b', 'Bob'));
    await app.settled();
    await app.crash();
    await app.restart();
    await app.settled();
    expect([app.get(Enrich).customers.get('a'), app.get(Enrich).customers.get('b')]).toEqual([{ name: 'Anna' }, { name: 'Bob' }]);
  });

  it('forgets what the retention of its topic has taken while the worker was away', async () => {
    app = await TestApp.start(Enrich, { overrides: { store: 'level://' } });
    await app.send(customers, [customer('a', 'Ann'), customer('b', 'Bob'), customer('c', 'Cem')]);
    await app.settled();
    await app.crash();
    app.broker.truncate({ topic: 'customers', partition: 0, offset: 1 });
    await app.restart();
    await app.settled();
    expect([app.get(Enrich).customers.size, app.get(Enrich).customers.has('a'), app.get(Enrich).customers.has('b')]).toEqual([
      2,
      false,
      true,
    ]);
  });

  it.each(disks)('forgets what retention takes while the worker runs, within an hour, %s', async (store) => {
    app = await TestApp.start(Enrich, { overrides: { store } });
    await app.send(customers, [customer('a', 'Ann'), customer('b', 'Bob'), customer('c', 'Cem'), customer('b', 'Bea')]);
    await app.settled();
    app.broker.truncate({ topic: 'customers', partition: 0, offset: 2 });
    await app.send(customers, customer('d', 'Dan'));
    await app.advance('61m');
    const names = () => ['a', 'b', 'c', 'd'].map((key) => app.get(Enrich).customers.get(key).name);
    expect([names(), app.get(Enrich).customers.size]).toEqual([['nobody', 'Bea', 'Cem', 'Dan'], 3]);
    app.broker.truncate({ topic: 'customers', partition: 0, offset: 5 });
    await app.advance('61m');
    await app.send(customers, customer('a', 'Abe'));
    await app.settled();
    expect([names(), app.get(Enrich).customers.size]).toEqual([['Abe', 'nobody', 'nobody', 'nobody'], 1]);
    await app.restart();
    await app.settled();
    expect([names(), app.get(Enrich).customers.size]).toEqual([['Abe', 'nobody', 'nobody', 'nobody'], 1]);
  });

  it('refuses a topic with another number of partitions, and says who looks up in it', async () => {
    const few = topic('few', { key: 'string', value: 'string', partitions: 2 });
    const many = topic('many', { key: 'string', value: 'string', partitions: 3 });
    const manyById = table('view', { source: many });
    class Lookup {
      constructor(@Inject(manyById) readonly view: ReadonlyTable<string, string | undefined>) {}
    }
    @App({ id: 'misfit', providers: [Lookup] })
    class Misfit {
      constructor(@Inject(Lookup) readonly lookup: Lookup) {}
      @Handler(few)
      read(): void {}
    }
    const started = TestApp.start(Misfit);
    await expect(started).rejects.toMatchObject({ code: 'TOPIC_MISMATCH' });
    await expect(started).rejects.toThrow(/many has 3 partitions and few has 2.*Misfit → Lookup → view/s);
  });

  it('cannot be written at run time either, and is not read for a key that lies elsewhere', async () => {
    const found = new Set<unknown>();
    @App({ id: 'elsewhere' })
    class Elsewhere {
      constructor(@Inject(byId) readonly customers: ReadonlyTable<string, Customer>) {}
      @Handler(orders)
      read(key: string): void {
        try {
          found.add('set' in this.customers);
          found.add(this.customers.get(key).name);
        } catch (error) {
          found.add((error as StateError).code);
        }
      }
    }
    app = await TestApp.start(Elsewhere, { partitions: 8 });
    await app.send(
      orders,
      ['a', 'b', 'c', 'd', 'e'].map((key) => order('a', key)),
    );
    await app.settled();
    expect(found).toEqual(new Set([false, 'nobody', 'KEY_MISPLACED']));
  });

  it('is scanned outside of events in the order of the keys, from the recovery on', async () => {
    const told: unknown[] = [];
    @App({ id: 'hooked' })
    class Hooked {
      constructor(@Inject(byId) readonly customers: ReadonlyTable<string, Customer>) {}
      @OnRecovered()
      async recovered(): Promise<void> {
        for await (const [key, { name }] of this.customers.range('a', 'c')) told.push([key, name]);
        for await (const [key] of this.customers.prefix('c')) told.push(key);
      }
      @Handler(orders)
      read(): void {}
    }
    app = await TestApp.start(Hooked);
    await app.send(customers, [customer('a', 'Ann'), customer('b', 'Bob'), customer('c', 'Cem')]);
    await app.settled();
    told.length = 0;
    await app.restart();
    await app.settled();
    expect(told).toEqual([['a', 'Ann'], ['b', 'Bob'], 'c']);
  });
});
