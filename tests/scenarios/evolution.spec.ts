import { afterEach, describe, expect, it } from '@jest/globals';
import { App, type Event, Handler, Inject, json, Record as RecordClass, type Table, table, topic, type WindowedTable } from '@weir/core';
import { TestApp } from '@weir/testing';
import { IsInt, IsString } from 'class-validator';

let app: TestApp;
afterEach(() => app?.stop());

const errors = { retry: { attempts: 0 } };
const codesOf = () => app.deadLetters().map(({ error }) => error.code);

@RecordClass({ name: 'Account' })
class AccountOfBefore {
  @IsInt() euros!: number;
}

@RecordClass({
  version: 2,
  upcast: { 1: ({ euros, ...rest }: AccountOfBefore) => ({ ...rest, cents: euros * 100, currency: 'EUR' }) },
})
class Account {
  @IsInt() cents!: number;
  @IsString() currency!: string;
}

const paymentsOfBefore = topic('payments', { key: 'string', value: AccountOfBefore });
const balancesOfBefore = table('balances', { key: 'string', value: AccountOfBefore });
const payments = topic('payments', { key: 'string', value: Account });
const balances = table('balances', { key: 'string', value: Account });

@App({ id: 'bank', errors })
class BankOfBefore {
  constructor(@Inject(balancesOfBefore) readonly all: Table<string, AccountOfBefore | undefined>) {}
  @Handler(paymentsOfBefore, { name: 'pay' })
  pay({ euros }: AccountOfBefore, { key }: Event<string, AccountOfBefore>): void {
    this.all.update(key ?? '', (old) => ({ euros: (old?.euros ?? 0) + euros }));
  }
}

@App({ id: 'bank', errors })
class Bank {
  seen: string[] = [];
  constructor(@Inject(balances) readonly all: Table<string, Account | undefined>) {}
  @Handler(payments, { name: 'pay' })
  async pay({ cents, currency }: Account, { key }: Event<string, Account>): Promise<void> {
    if (key === 'all') for await (const [name, each] of this.all.entries()) this.seen.push(`${name}: ${each?.cents}`);
    else this.all.update(key ?? '', (old) => ({ cents: (old?.cents ?? 0) + cents, currency }));
  }
}

const earlier = (key: string, euros: number) => ({ key, value: { euros } });
const now = (key: string, cents: number) => ({ key, value: { cents, currency: 'EUR' } });

describe.each(['memory://', 'level://'] as const)('records of another version, with the store %s', (store) => {
  /** Version 1 has a and b in its table, and a message of it waits. */
  async function written(datadir: 'kept' | 'lost'): Promise<void> {
    app = await TestApp.start(BankOfBefore, { overrides: { store } });
    await app.send(paymentsOfBefore, [earlier('a', 5), earlier('b', 7)]);
    await app.settled();
    await app.crash();
    await app.send(paymentsOfBefore, earlier('a', 1));
    await app.restart({ app: Bank, datadir });
    await app.settled();
  }

  it.each(['kept', 'lost'] as const)(
    'are read by the next: messages, values of tables and scans, where the disk is %s',
    async (datadir) => {
      await written(datadir);
      await app.send(payments, now('all', 0));
      await app.settled();
      expect([...app.table(balances).entries()].sort()).toMatchObject([
        ['a', { cents: 600, currency: 'EUR' }],
        ['b', { cents: 700, currency: 'EUR' }],
      ]);
      expect(app.get(Bank).all.get('b')).toBeInstanceOf(Account);
      expect([app.get(Bank).seen.sort(), codesOf()]).toEqual([['a: 600', 'b: 700'], []]);
    },
  );

  it.each(['kept', 'lost'] as const)(
    'are left as they are by the one before, which sets aside what it cannot read, where the disk is %s',
    async (datadir) => {
      await written('kept');
      await app.send(payments, now('c', 3));
      await app.settled();
      const kept = app.broker.messages('bank-balances-changelog').length;
      // Back to the code of before.
      await app.restart({ app: BankOfBefore, datadir });
      await app.send(payments, now('b', 1));
      await app.send(paymentsOfBefore, [earlier('a', 1), earlier('b', 1), earlier('c', 1)]);
      await app.settled();
      expect(app.deadLetters().map(({ key, error: { code, message } }) => [String(key), code, message])).toEqual([
        [
          'b',
          'VERSION_NEWER',
          expect.stringMatching(/Account: weir-version: expected a version up to 1, got 2\. Newer code has written it: run that/),
        ],
        [
          'a',
          'STATE_UNREADABLE',
          expect.stringMatching(/table balances cannot read its value of "a": .* version up to 1, got 2.* It is left as it is$/),
        ],
        ['c', 'STATE_UNREADABLE', expect.stringMatching(/table balances cannot read its value of "c"/)],
      ]);
      // What version 1 had written, and nobody has since, it reads and writes.
      expect(
        app.broker
          .messages('bank-balances-changelog')
          .slice(kept)
          .map(({ value }) => String(value)),
      ).toEqual(['{"euros":8}']);
      // And forward again: what was set aside is done, and nothing is lost.
      await app.restart({ app: Bank, datadir });
      await app.replay();
      await app.settled();
      const entries = Object.fromEntries([...app.table(balances).entries()].map(([key, value]) => [key, value?.cents]));
      expect([entries, app.deadLetters().filter(({ replayOf }) => replayOf !== undefined)]).toEqual([{ a: 700, b: 801, c: 103 }, []]);
    },
  );
});

describe('a table with upcast', () => {
  interface Cart {
    readonly lines: readonly string[];
  }
  const things = topic('things', { key: 'string', value: 'string' });
  const upcast = (old: string[] | Cart): Cart => {
    if (typeof old === 'number') throw new Error('no cart');
    return Array.isArray(old) ? { lines: old } : old;
  };
  const cartsOfBefore = table('carts', { key: 'string', value: json<unknown>() });
  const carts = table('carts', { key: 'string', value: json<Cart>(), default: { lines: [] }, upcast });

  @App({ id: 'shop', errors, store: 'level://' })
  class ShopOfBefore {
    constructor(@Inject(cartsOfBefore) readonly all: Table<string, unknown>) {}
    @Handler(things)
    add(value: string, { key }: Event<string, string>): void {
      this.all.set(key ?? '', value === '' ? 5 : [value]);
    }
  }

  @App({ id: 'shop', errors, store: 'level://' })
  class Shop {
    changed: unknown[] = [];
    seen: unknown[] = [];
    constructor(@Inject(carts) readonly all: Table<string, Cart>) {}
    @Handler(things)
    async add(value: string, { key }: Event<string, string>): Promise<void> {
      if (value === 'all') for await (const entry of this.all.entries()) this.seen.push(entry);
      else this.all.update(key ?? '', ({ lines }) => ({ lines: [...lines, value] }));
    }
    @Handler(carts.changes)
    note({ key, value }: { key: unknown; value: unknown }): void {
      this.changed.push([key, value]);
    }
  }

  const thing = (key: string, value: string) => ({ key, value });

  it('reads with it whatever code has written: values, changes and scans; what it cannot, fails the event that needs it', async () => {
    app = await TestApp.start(ShopOfBefore);
    await app.send(things, [thing('a', 'pen'), thing('bad', '')]);
    await app.settled();
    await app.restart({ app: Shop });
    await app.send(things, [thing('a', 'ink'), thing('b', 'pen'), thing('bad', 'ink'), thing('', 'all')]);
    await app.settled();
    expect([app.table(carts).get('a'), app.table(carts).get('b')]).toEqual([{ lines: ['pen', 'ink'] }, { lines: ['pen'] }]);
    expect(app.get(Shop).changed).toEqual(
      expect.arrayContaining([
        ['a', { lines: ['pen'] }],
        ['a', { lines: ['pen', 'ink'] }],
      ]),
    );
    const letters = app.deadLetters().filter(({ topic }) => topic === 'things');
    expect(letters.map(({ key, error: { code, message } }) => [String(key), code, message])).toEqual([
      ['bad', 'STATE_UNREADABLE', expect.stringMatching(/table carts cannot read its value of "bad": no cart\. .*\(`upcast`\)/)],
      ['', 'STATE_UNREADABLE', expect.stringMatching(/table carts cannot read its value of "bad"/)],
    ]);
  });
});

it('reads windows that an earlier version has written, also when they close', async () => {
  const things = topic('things', { key: 'string', value: 'string' });
  const listsBefore = table('lists', { key: 'string', value: json<string[]>(), default: [] }).tumbling('1m');
  const lists = table('lists', {
    key: 'string',
    value: json<{ lines: string[] }>(),
    default: { lines: [] },
    upcast: (old: string[] | { lines: string[] }) => (Array.isArray(old) ? { lines: old } : old),
  }).tumbling('1m');
  const amountsBefore = table('amounts', { key: 'string', value: AccountOfBefore }).tumbling('1m');
  const amounts = table('amounts', { key: 'string', value: Account }).tumbling('1m');

  @App({ id: 'windows' })
  class Before {
    constructor(
      @Inject(listsBefore) readonly lists: WindowedTable<string, string[]>,
      @Inject(amountsBefore) readonly amounts: WindowedTable<string, AccountOfBefore | undefined>,
    ) {}
    @Handler(things)
    add(value: string): void {
      this.lists.update('a', (old) => [...old, value]);
      this.amounts.update('a', (old) => ({ euros: (old?.euros ?? 0) + 1 }));
    }
  }
  @App({ id: 'windows' })
  class After {
    closed: unknown[] = [];
    constructor(
      @Inject(lists) readonly lists: WindowedTable<string, { lines: string[] }>,
      @Inject(amounts) readonly amounts: WindowedTable<string, Account | undefined>,
    ) {}
    @Handler(things)
    add(value: string): void {
      this.lists.update('a', ({ lines }) => ({ lines: [...lines, value] }));
      this.amounts.update('a', (old) => ({ cents: (old?.cents ?? 0) + 1, currency: 'EUR' }));
    }
    @Handler(lists.closed)
    list(value: unknown): void {
      this.closed.push(value);
    }
    @Handler(amounts.closed)
    amount(value: unknown): void {
      this.closed.push(value);
    }
  }
  const thing = (value: string, second: number) => ({ key: 'a', value, timestamp: Date.UTC(2000, 0, 1, 0, 0, second) });
  app = await TestApp.start(Before);
  await app.send(things, thing('x', 1));
  await app.settled();
  await app.restart({ app: After });
  await app.send(things, [thing('late', 61), thing('later', 130)]);
  await app.settled();
  expect(app.get(After).closed).toEqual(
    expect.arrayContaining([{ lines: ['x'] }, { cents: 100, currency: 'EUR' }, { lines: ['late'] }, { cents: 1, currency: 'EUR' }]),
  );
});

it('reports at the start versions and upcasts that nobody could use', async () => {
  @RecordClass({ version: 2 })
  class Order {
    @IsString() id!: string;
  }
  const orders = topic('orders', { key: 'string', value: Order });
  const byOrder = table('by-order', { key: Account, value: Account, upcast: () => new Account() });
  const odd = table('odd', { key: 'string', value: 'json', upcast: 5 as never });
  @App({ id: 'shop' })
  class Shop {
    constructor(
      @Inject(byOrder) readonly all: Table<Account, Account | undefined>,
      @Inject(odd) readonly others: Table<string, unknown>,
    ) {}
    @Handler(orders)
    take(): void {}
  }
  const message = await TestApp.start(Shop).then(
    () => '',
    (error: Error) => error.message,
  );
  for (const fault of [
    'Order.@Record: it has version 2, and nothing that reads version 1',
    "table 'by-order': its key schema Account has version 2",
    "table 'by-order': it has upcast, and its values are of a record class",
    "table 'odd': upcast is 5",
  ])
    expect(message).toContain(fault);
});
