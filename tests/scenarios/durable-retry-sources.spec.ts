import { afterEach, describe, expect, it } from '@jest/globals';
import {
  App,
  dedupe,
  type Event,
  Handler,
  Inject,
  join,
  merge,
  type Table,
  table,
  topic,
  type WindowEvent,
  type WindowedTable,
} from '@weir/core';
import { TestApp } from '@weir/testing';

const orders = topic('orders', { key: 'string', value: 'string' });
const payments = topic('payments', { key: 'string', value: 'integer' });
const counts = table('counts', { key: 'string', value: 'integer', default: 0 });
const perMinute = table('per-minute', { key: 'string', value: 'integer', default: 0 }).tumbling('1m', { onLate: 'source' });
const byValue = orders.groupBy((value) => value.slice(0, 1), { name: 'by-value' });
const once = dedupe(orders, { by: (value) => value, within: '1h', name: 'once' });
const paid = join(orders, payments, { within: '1h', name: 'paid' });

let app: TestApp;
let fails = 0;
let seen: unknown[] = [];
afterEach(() => app.stop());

const begin = Date.parse('2000-01-01T12:00:00Z');
const errors = { retry: { attempts: 5, backoff: '10s', jitter: 0, durable: true } } as const;
const start = async (declared: new (...given: never[]) => object, partitions = 1) => {
  fails = 0;
  seen = [];
  app = await TestApp.start(declared, { start: begin, partitions });
};

function see(what: unknown): void {
  if (fails-- > 0) throw new Error('not yet');
  seen.push(what);
}

describe('a durable retry', () => {
  it('is there for each topic of a merge, by their own schemas; keys of one have nothing to do with those of another', async () => {
    @App({ id: 'shop', errors })
    class Merging {
      @Handler(merge(orders, payments))
      take(value: string | number | null, { topic: from }: Event): void {
        see([from, value]);
      }
    }
    await start(Merging);
    fails = 1;
    await app.send(orders, { key: 'a', value: 'a1' });
    await app.settled();
    await app.send(orders, { key: 'a', value: 'a2' });
    await app.send(payments, { key: 'a', value: 7 });
    await app.settled();
    expect(seen).toEqual([['payments', 7]]);
    fails = 1;
    await app.send(payments, { key: 'a', value: 8 });
    await app.settled();
    await app.advance('10s');
    expect(seen.slice(1).sort()).toEqual([
      ['orders', 'a1'],
      ['orders', 'a2'],
      ['payments', 8],
    ]);
  });

  it('is there for grouped events, and for those without duplicates: one that fails is none of itself', async () => {
    @App({ id: 'shop', errors })
    class Both {
      @Handler(byValue)
      group(value: string, { key }: Event): void {
        see([key, value]);
      }

      @Handler(once)
      first(value: string): void {
        see(value);
      }
    }
    await start(Both);
    fails = 2;
    await app.send(orders, { key: 'x', value: 'a1' });
    await app.settled();
    await app.send(orders, { key: 'x', value: 'a1' });
    await app.settled();
    expect(seen).toEqual([]);
    await app.advance('10s');
    expect(seen.filter((each) => typeof each === 'string')).toEqual(['a1']);
    expect(seen.filter((each) => typeof each !== 'string')).toEqual([
      ['a', 'a1'],
      ['a', 'a1'],
    ]);
  });

  it('is there for a join: an event that fails is kept for later ones when it is through', async () => {
    @App({ id: 'shop', errors })
    class Joining {
      @Handler(paid)
      take([order, payment]: readonly [string, number]): void {
        see([order, payment]);
      }
    }
    await start(Joining);
    await app.send(orders, { key: 'a', value: 'a1' });
    await app.settled();
    fails = 1;
    await app.send(payments, { key: 'a', value: 7 });
    await app.send(payments, { key: 'a', value: 8 });
    await app.settled();
    expect(seen).toEqual([]);
    await app.advance('10s');
    expect(seen).toEqual([
      ['a1', 7],
      ['a1', 8],
    ]);
  });

  it('is there for the changes of a table', async () => {
    @App({ id: 'shop', errors })
    class Counting {
      constructor(@Inject(counts) private readonly counts: Table<string, number>) {}

      @Handler(orders)
      take(value: string): void {
        this.counts.update(value, (n) => n + 1);
      }

      @Handler(counts.changes)
      changed({ key, value, previous }: { key: string; value: number | undefined; previous: number | undefined }): void {
        see([key, value, previous]);
      }
    }
    await start(Counting);
    fails = 1;
    await app.send(orders, { key: 'a', value: 'a' });
    await app.settled();
    await app.send(orders, { key: 'a', value: 'a' });
    await app.settled();
    expect(seen).toEqual([]);
    await app.advance('10s');
    expect(seen).toEqual([
      ['a', 1, undefined],
      ['a', 2, 1],
    ]);
  });

  it('writes tables as in its own lane; what comes too late for its window by then is late', async () => {
    @App({ id: 'shop', errors, idleAfter: '10h' })
    class Windows {
      constructor(
        @Inject(perMinute) private readonly perMinute: WindowedTable<string, number>,
        @Inject(counts) private readonly counts: Table<string, number>,
      ) {}

      @Handler(orders)
      take(value: string, { key }: Event): void {
        this.perMinute.update(String(key), (n) => n + 1);
        this.counts.update(String(key), (n) => n + 1);
        if (value === 'fails' && fails-- > 0) throw new Error('not yet');
      }

      @Handler(perMinute.late, { errors: { retry: { durable: false } } })
      late(value: unknown, { key, time }: WindowEvent<string>): void {
        seen.push([key, value, time - begin]);
      }
    }
    await start(Windows);
    fails = 1;
    await app.send(orders, [
      { key: 'a', value: 'fails', timestamp: begin },
      { key: 'b', value: 'b', timestamp: begin + 120_000 },
    ]);
    await app.settled();
    expect([app.table(counts).get('a'), app.table(counts).get('b')]).toEqual([0, 1]);
    await app.advance('10s');
    expect(app.table(counts).get('a')).toBe(1);
    await app.advance('1s');
    expect(seen).toEqual([['a', 'fails', 0]]);
  });

  it('keeps no order where concurrency is by none', async () => {
    @App({ id: 'shop', errors })
    class Any {
      @Handler(orders, { concurrency: { by: 'none', max: 4 } })
      take(value: string): void {
        see(value);
      }
    }
    await start(Any);
    fails = 1;
    await app.send(orders, [
      { key: 'a', value: 'a1' },
      { key: 'a', value: 'a2' },
    ]);
    await app.settled();
    expect(seen).toEqual(['a2']);
    await app.advance('10s');
    expect(seen).toEqual(['a2', 'a1']);
  });

  it('has events without a key wait for nobody', async () => {
    @App({ id: 'shop', errors })
    class Keyless {
      @Handler(orders)
      take(value: string): void {
        see(value);
      }
    }
    await start(Keyless);
    fails = 1;
    await app.send(orders, [{ value: 'n1' }, { value: 'n2' }, { key: '', value: 'e1' }]);
    await app.settled();
    expect(seen).toEqual(['n2', 'e1']);
    await app.advance('10s');
    expect(seen).toEqual(['n2', 'e1', 'n1']);
  });
});

describe('where no more can be parked', () => {
  @App({ id: 'shop', errors: { retry: { attempts: 9, backoff: '10s', jitter: 0, durable: { max: 2 } } } })
  class Few {
    @Handler(orders)
    take(value: string): void {
      if (value !== 'b1' && fails-- > 0) throw new Error('not yet');
      seen.push(value);
    }
  }

  it('the next one that fails waits in its lane, until there is room', async () => {
    await start(Few);
    fails = 3;
    await app.send(
      orders,
      ['a1', 'c1', 'd1', 'b1'].map((value) => ({ key: value[0], value })),
    );
    await app.settled();
    expect([seen, app.committed(orders)]).toEqual([[], 2]);
    await app.advance('10s');
    expect([...seen].sort()).toEqual(['a1', 'b1', 'c1', 'd1']);
  });

  it('so does a later one of a parked key, without being run', async () => {
    await start(Few);
    fails = 1;
    await app.send(
      orders,
      ['a1', 'a2', 'a3', 'b1'].map((value) => ({ key: value[0], value })),
    );
    await app.settled();
    expect([seen, app.committed(orders)]).toEqual([[], 2]);
    await app.advance('10s');
    expect(seen.filter((each) => each !== 'b1')).toEqual(['a1', 'a2', 'a3']);
    expect(app.committed(orders)).toBe(4);
  });

  it('and one that is larger than a changelog takes', async () => {
    await start(Few);
    fails = 1;
    await app.send(orders, [
      { key: 'a', value: `a${'x'.repeat(1_046_500)}` },
      { key: 'c', value: 'c1' },
    ]);
    await app.settled();
    expect([seen, app.committed(orders)]).toEqual([[], 0]);
    await app.advance('10s');
    expect(seen.map((each) => String(each).slice(0, 2))).toEqual(['ax', 'c1']);
  });
});
