import { afterEach, describe, expect, it } from '@jest/globals';
import {
  App,
  type Due,
  type Duration,
  type Event,
  Handler,
  Inject,
  json,
  Record as RecordClass,
  type Schedule,
  schedule,
  topic,
} from '@weir/core';
import { TestApp } from '@weir/testing';
import { IsInt } from 'class-validator';

const orders = topic('orders', { key: 'string', value: 'string' });
const reminders = schedule('reminders', { key: 'string', value: 'json' });
const mails = topic('mails', { key: 'string', value: 'json' });

let app: TestApp;
afterEach(() => app.stop());

const begin = Date.parse('2000-01-01T12:00:00Z');
const minute = 60_000;

@App({ id: 'shop', errors: { retry: { attempts: 1, backoff: '1s', order: 'key' } } })
class Shop {
  constructor(@Inject(reminders) readonly reminders: Schedule<string, unknown>) {}

  @Handler(orders)
  order(what: string, { key }: Event): void {
    const name = String(key);
    if (what === 'paid') this.reminders.cancel(name);
    else if (what === 'fails') {
      this.reminders.after('1m', name, 'never seen');
      throw new Error('refused');
    } else this.reminders.after(what as Duration, name, { of: what });
  }

  @Handler(reminders, { sinks: [mails] })
  remind(value: unknown, { key, due, time, topic: name, offset }: Due<string> & Event): object {
    if (key === 'bad') throw new Error('never');
    if (key === 'again') this.reminders.at(due + minute, 'again', 'once more');
    return { value, due: due - begin, time: time - due, name, offset };
  }
}

describe.each([
  ['at-least-once', 'memory://'],
  ['exactly-once', 'memory://'],
  ['at-least-once', 'level://'],
] as const)('durable timers, %s, %s', (guarantee, store) => {
  const start = async () => {
    app = await TestApp.start(Shop, { start: begin, overrides: { guarantee, store } });
  };
  const sent = () => app.sent(mails).map(({ key, value }) => [key, (value as { due: number }).due / minute]);

  it('are events when they are due by the clock, each once, in the order of their times', async () => {
    await start();
    await app.send(orders, [
      { key: 'b', value: '2m' },
      { key: 'a', value: '1m' },
      { key: 'c', value: '30m' },
    ]);
    await app.settled();
    expect([app.schedule(reminders).get('a'), app.schedule(reminders).size]).toEqual([{ due: begin + minute, value: { of: '1m' } }, 3]);
    expect(app.get(Shop).reminders.get('b')).toEqual({ due: begin + 2 * minute, value: { of: '2m' } });
    await app.advance('90s');
    expect(app.sent(mails).map(({ key, value }) => [key, value])).toEqual([
      ['a', { value: { of: '1m' }, due: minute, time: 0, name: 'reminders', offset: -1 }],
    ]);
    await app.advance('5m');
    expect(sent()).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
    expect(app.schedule(reminders).size).toBe(1);
  });

  it('are replaced by a second of their key, and cancelled; of an event that fails nothing is left', async () => {
    await start();
    await app.send(orders, [
      { key: 'a', value: '1m' },
      { key: 'a', value: '3m' },
      { key: 'b', value: '1m' },
      { key: 'b', value: 'paid' },
      { key: 'c', value: 'fails' },
    ]);
    await app.settled();
    await app.advance('2m');
    expect(sent()).toEqual([]);
    await app.advance('2m');
    expect(sent()).toEqual([['a', 3]]);
    expect(app.schedule(reminders).size).toBe(0);
  });

  it('are due after a crash, a move and an empty disk, and what is over by then at once', async () => {
    await start();
    await app.send(orders, [
      { key: 'a', value: '1m' },
      { key: 'b', value: '10m' },
    ]);
    await app.settled();
    await app.crash();
    app.clock.advanceTo(begin + 5 * minute);
    await app.restart({ datadir: 'lost' });
    await app.settled();
    expect(sent()).toEqual([['a', 1]]);
    const second = await app.join();
    await app.advance('1s');
    await app.crash();
    await app.advance('20m');
    expect(sent()).toEqual([
      ['a', 1],
      ['b', 10],
    ]);
    await second.stop();
  });

  it('may be set anew by their own handler', async () => {
    await start();
    await app.send(orders, { key: 'again', value: '1m' });
    await app.settled();
    await app.advance('150s');
    expect(sent()).toEqual([
      ['again', 1],
      ['again', 2],
    ]);
    expect(app.schedule(reminders).get('again')).toEqual({ due: begin + 3 * minute, value: 'once more' });
    await app.crash();
    await app.restart();
    await app.advance('1m');
    expect(sent()).toHaveLength(3);
  });

  it('are retried and set aside, with key and value', async () => {
    await start();
    await app.send(orders, [
      { key: 'bad', value: '1m' },
      { key: 'good', value: '1m' },
    ]);
    await app.settled();
    await app.advance('2m');
    expect(sent()).toEqual([['good', 1]]);
    const [letter] = app.deadLetters();
    expect([String(letter.key), String(letter.value), String(letter.headers['weir-due']), letter.topic, letter.offset]).toEqual([
      'bad',
      '{"of":"1m"}',
      String(begin + minute),
      'reminders',
      -1,
    ]);
    expect(app.schedule(reminders).size).toBe(0);
  });

  it('wait in their thousands without a timer of the clock for each', async () => {
    await start();
    await app.send(
      orders,
      Array.from({ length: 5_000 }, (_, index) => ({ key: `k${index}`, value: `${1 + (index % 5)}m` })),
    );
    await app.settled();
    await app.advance('6m');
    const due = sent().map(([, minutes]) => minutes as number);
    expect(due).toEqual([...due].sort((one, other) => one - other));
    expect(due).toHaveLength(5_000);
  });
});

describe('a schedule', () => {
  it('is for one agent, and somebody sets it', async () => {
    @App({ id: 'two' })
    class Two {
      @Handler(reminders)
      one(): void {}

      @Handler(reminders)
      other(): void {}
    }
    await expect(TestApp.start(Two)).rejects.toThrow(/reminders.*which no class of the app is given[\s\S]*as Two.one does/);
    app = await TestApp.start(Shop);
  });
});

@RecordClass({ name: 'Bill' })
class BillOfBefore {
  @IsInt() euros!: number;
}

@RecordClass({ version: 2, upcast: { 1: ({ euros }: BillOfBefore) => ({ cents: euros * 100 }) } })
class Bill {
  @IsInt() cents!: number;
}

const amounts = topic('amounts', { key: 'string', value: json<number>() });
/** An app that reminds of bills of one version. */
function billing<B extends object>(record: new () => B, bill: (amount: number) => B) {
  const bills = schedule('bills', { key: 'string', value: record });
  @App({ id: 'billing', errors: { retry: { attempts: 0 } } })
  class Billing {
    constructor(@Inject(bills) readonly bills: Schedule<string, B>) {}

    @Handler(amounts, { name: 'bill' })
    bill(amount: number, { key }: Event): void {
      this.bills.after('1m', String(key), bill(amount));
    }

    @Handler(bills, { name: 'remind', sinks: [mails] })
    remind(due: B): object {
      return { ...due };
    }
  }
  return Billing;
}
const BillingOfBefore = billing(BillOfBefore, (euros) => ({ euros }));
const Billing = billing(Bill, (cents) => ({ cents }));

it.each([
  ['memory://', 'at-least-once'],
  ['level://', 'exactly-once'],
] as const)('are read by code of another version, and set aside where that cannot read them, %s, %s', async (store, guarantee) => {
  app = await TestApp.start(BillingOfBefore, { overrides: { store, guarantee } });
  await app.send(amounts, [
    { key: 'a', value: 1 },
    { key: 'b', value: 2 },
  ]);
  await app.settled();
  await app.restart({ app: Billing });
  await app.send(amounts, { key: 'b', value: 250 });
  await app.settled();
  await app.advance('59s');
  await app.restart({ app: BillingOfBefore, datadir: 'lost' });
  await app.send(amounts, { key: 'c', value: 3 });
  await app.settled();
  await app.advance('2s');
  expect(app.deadLetters().map(({ agent, key, error }) => [agent, String(key), error.code])).toEqual([['remind', 'b', 'STATE_UNREADABLE']]);
  await app.restart({ app: Billing });
  await app.advance('2m');
  expect(app.sent(mails).map(({ key, value }) => [key, value])).toEqual([
    ['a', { euros: 1 }],
    ['c', { cents: 300 }],
  ]);
});
