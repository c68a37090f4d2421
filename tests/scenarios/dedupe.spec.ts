import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent, App, dedupe, type Event, Handler, json, type Stream, topic } from '@weir/core';
import { TestApp } from '@weir/testing';

const begin = Date.parse('2000-01-01T12:00:00Z');
const second = 1_000;

interface Payment {
  readonly id: string;
  readonly amount: number;
}

const payments = topic('payments', { key: 'string', value: json<Payment>() });
const booked = topic('booked', { key: 'string', value: 'json' });
const once = dedupe(payments, { by: ({ id }) => id, within: '1m', name: 'payments-once' });
const changelog = 'bank-payments-once-changelog';

let app: TestApp;
afterEach(() => app.stop());

const payment = (id: string, amount: number, seconds: number) => ({
  key: 'a',
  value: { id, amount },
  timestamp: begin + seconds * second,
  headers: { trace: Buffer.from(`${amount}`) },
});
const amounts = () => app.sent(booked).map(({ value }) => value);
const start = (appClass: Parameters<typeof TestApp.start>[0], overrides = {}) =>
  TestApp.start(appClass, { start: begin + 3_600 * second, overrides });

describe.each(['at-least-once', 'exactly-once'] as const)('a source without duplicates, %s', (guarantee) => {
  @App({ id: 'bank', errors: { retry: { attempts: 1, backoff: 20 } } })
  class Bank {
    static failing: number | undefined;
    static readonly events: object[] = [];

    @Handler(once, { sinks: [booked], concurrency: { by: 'none', max: 8 } })
    async book({ amount }: Payment, { key, time, timestamp, offset, headers, topic }: Event<string, Payment>): Promise<number> {
      if (Bank.failing === amount) throw new Error('refused');
      Bank.events.push({ key, time: time - begin, timestamp: timestamp - begin, offset, trace: headers.trace.toString(), topic });
      await Promise.resolve();
      return amount;
    }
  }

  it('drops what came before within its time, and gives events as they are', async () => {
    Bank.failing = undefined;
    Bank.events.length = 0;
    app = await start(Bank, { guarantee });
    await app.send(payments, payment('a', 1, 0));
    await app.settled();
    await app.send(payments, [payment('a', 2, 60), payment('b', 3, 60), payment('a', 4, 61)]);
    await app.settled();
    expect(amounts().sort()).toEqual([1, 3, 4]);
    expect(Bank.events).toContainEqual({ key: 'a', time: 60_000, timestamp: 60_000, offset: 2, trace: '3', topic: 'payments' });
    expect(app.committed(payments)).toBe(4);
  });

  it('lets one of several pass that run at the same time', async () => {
    Bank.failing = undefined;
    app = await start(Bank, { guarantee });
    await app.send(payments, [payment('a', 1, 0), payment('a', 2, 0), payment('b', 3, 0), payment('b', 4, 1)]);
    await app.advance('1s');
    expect(amounts()).toHaveLength(2);
  });

  it('does not remember what goes to dead letters: a copy of it passes', async () => {
    Bank.failing = 1;
    app = await start(Bank, { guarantee });
    await app.send(payments, payment('a', 1, 0));
    await app.settled();
    await app.advance('1s');
    expect(app.deadLetters()).toHaveLength(1);
    await app.send(payments, [payment('a', 2, 1)]);
    await app.settled();
    expect(amounts()).toEqual([2]);
  });

  it('remembers over a crash and an empty disk, and forgets once it is over', async () => {
    Bank.failing = undefined;
    app = await start(Bank, { guarantee });
    await app.send(payments, payment('a', 1, 0));
    await app.settled();
    await app.crash();
    await app.restart({ datadir: 'lost' });
    await app.send(payments, payment('a', 2, 30));
    await app.settled();
    expect(amounts()).toEqual([1]);
    await app.send(payments, payment('z', 9, 200));
    await app.settled();
    await app.advance('5s');
    app.broker.compact(changelog);
    const left = app.broker.messages(changelog).filter(({ key, value }) => value !== null && key !== null);
    expect(left.map(({ key }) => key?.toString())).toContain('z');
    expect(left.map(({ key }) => key?.toString())).not.toContain('a');
  });

  it('compares late events among themselves, too', async () => {
    Bank.failing = undefined;
    app = await start(Bank, { guarantee });
    await app.send(payments, payment('z', 1, 1_000));
    await app.settled();
    await app.send(payments, payment('a', 2, 0));
    await app.settled();
    await app.send(payments, payment('a', 3, 10));
    await app.settled();
    expect(amounts()).toEqual([1, 2]);
  });

  // At least once, what is remembered may be in Kafka before the rest of what the event did, and before its position.
  it('takes an event that comes again after a crash for no duplicate of itself', async () => {
    Bank.failing = undefined;
    app = await start(Bank, { guarantee });
    await app.send(payments, payment('z', 1, 0));
    await app.settled();
    await app.advance('5s');
    await app.crash();
    const written = topic(changelog, { key: 'string', value: 'json' });
    await app.send(written, { key: 'a', value: [{ time: begin + second, offset: 1 }], timestamp: begin + second });
    await app.restart({ datadir: 'lost' });
    await app.send(payments, [payment('a', 2, 1), payment('a', 3, 2)]);
    await app.settled();
    expect([amounts(), app.committed(payments)]).toEqual([[1, 2], 3]);
  });
});

describe('a source without duplicates', () => {
  it('is read by loops and by arrays, and may be one of a grouped source', async () => {
    const byAmount = payments.groupBy(({ amount }) => `${amount}`, { name: 'by-amount' });
    const ofGroup = dedupe(byAmount, { by: (_, { key }) => key ?? '', within: '1m', name: 'of-group' });

    @App({ id: 'bank' })
    class Bank {
      readonly looped: number[] = [];
      readonly arrays: string[][] = [];

      @Agent(once)
      async loop(stream: Stream<Payment>): Promise<void> {
        for await (const some of stream.take(2, '1s')) this.looped.push(...some.map(({ amount }) => amount));
      }

      @Handler(ofGroup, { batch: { max: 10 } })
      take(some: Payment[]): void {
        this.arrays.push(some.map(({ id }) => id));
      }
    }
    app = await start(Bank);
    await app.send(payments, [payment('a', 1, 0), payment('a', 2, 0), payment('b', 1, 0), payment('c', 3, 0), payment('c', 3, 70)]);
    await app.advance('2s');
    expect(app.get(Bank).looped).toEqual([1, 1, 3, 3]);
    expect(app.get(Bank).arrays.flat()).toEqual(['a', 'a', 'c', 'c']);
    expect(app.committed(payments)).toBe(5);
  });
});
