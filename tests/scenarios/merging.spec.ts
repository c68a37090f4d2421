import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent, App, type Event, Handler, Inject, merge, Record, type Stream, type Table, table, topic } from '@weir/core';
import { TestApp } from '@weir/testing';
import { IsInt, IsString } from 'class-validator';

@Record()
class Order {
  @IsInt() id!: number;
  @IsString() customer!: string;
}

@Record()
class Refund {
  @IsInt() order!: number;
}

const orders = topic('orders', { key: 'string', value: Order });
const refunds = topic('refunds', { key: 'long', value: Refund });
const notes = topic('notes', { value: 'string' });
const byCustomer = orders.groupBy(({ customer }) => customer, { name: 'by-customer' });
const report = topic('report', { value: 'string' });
const balances = table('balances', { key: 'string', value: 'long', default: 0 });

const order = (id: number) => ({ key: `k${id}`, value: { id, customer: `c${id}` } });
const textOf = (value: Order | Refund | string) =>
  typeof value === 'string' ? value : `${value.constructor.name} ${JSON.stringify(value)}`;

let app: TestApp;
afterEach(() => app?.stop());

describe.each(['at-least-once', 'exactly-once'] as const)('merged sources, %s', (guarantee) => {
  const overrides = { guarantee, errors: { retry: { attempts: 1, backoff: '1s' } } } as const;

  @App({ id: 'all-of-it' })
  class AllOfIt {
    readonly handled: string[] = [];
    readonly looped: string[] = [];
    readonly taken: string[][] = [];

    @Handler(merge(orders, refunds, notes), { sinks: [report] })
    handle(value: Order | Refund | string, { topic, key }: Event<string | number>): string {
      if (value === 'bad') throw new Error('bad');
      this.handled.push(`${topic} ${JSON.stringify(key)} ${textOf(value)}`);
      return textOf(value);
    }

    @Agent(merge(orders, refunds))
    async loop(stream: Stream<Order | Refund, string | number>): Promise<void> {
      for await (const value of stream) this.looped.push(textOf(value));
    }

    @Handler(merge(notes, byCustomer), { batch: { max: 10 } })
    take(values: (Order | string)[]): void {
      this.taken.push(values.map(textOf));
    }
  }

  it('are read by one agent, each by its own schemas', async () => {
    app = await TestApp.start(AllOfIt, { overrides });
    await app.send(orders, order(1));
    await app.send(refunds, { key: 7, value: { order: 1 } });
    await app.send(notes, { key: 'n', value: 'a note' });
    await app.settled();
    const { handled, looped, taken } = app.get(AllOfIt);
    expect(handled.sort()).toEqual(['notes "n" a note', 'orders "k1" Order {"id":1,"customer":"c1"}', 'refunds 7 Refund {"order":1}']);
    expect(looped.sort()).toEqual(['Order {"id":1,"customer":"c1"}', 'Refund {"order":1}']);
    expect(taken.flat().sort()).toEqual(['Order {"id":1,"customer":"c1"}', 'a note']);
    expect(app.sent(report)).toHaveLength(3);
    expect([orders, refunds, notes, byCustomer].map((each) => app.committed(each))).toEqual([1, 1, 1, 1]);
  });

  it('fail at the place of each, under the one name of their agent', async () => {
    app = await TestApp.start(AllOfIt, { overrides });
    await app.send(notes, [{ value: 'good' }, { value: 'bad' }]);
    await app.send(orders, { value: Buffer.from('{"id":"x"}') });
    await app.advance('10s');
    const letters = app.deadLetters().filter(({ agent }) => agent === 'AllOfIt.handle');
    expect(letters.map(({ topic, offset }) => `${topic}@${offset}`).sort()).toEqual(['notes@1', 'orders@0']);
  });

  @App({ id: 'balance' })
  class Balance {
    constructor(@Inject(balances) readonly balances: Table<string, number>) {}

    @Handler(merge(byCustomer, notes))
    count(value: Order | string, { key }: Event<string>): void {
      this.balances.update(String(key), (n) => n + (typeof value === 'string' ? 100 : 1));
    }
  }

  it('feed one table, where they have as many partitions', async () => {
    app = await TestApp.start(Balance, { overrides, partitions: 3 });
    await app.send(orders, [order(1), order(2), order(1)]);
    await app.send(notes, [{ key: 'c1', value: 'a note' }]);
    await app.settled();
    expect(Object.fromEntries(app.table(balances).entries())).toEqual({ c1: 102, c2: 1 });
    expect(app.sent(merge(byCustomer, notes)).map(({ key, value }) => [key, textOf(value).slice(0, 6)])).toEqual(
      expect.arrayContaining([
        ['c1', 'Order '],
        ['c1', 'a note'],
      ]),
    );
  });
});
