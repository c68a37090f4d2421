import { afterEach, describe, expect, it } from '@jest/globals';
import { App, type Event, Handler, Inject, json, type Message, type Topic, topic } from '@weir/core';
import { TestApp } from '@weir/testing';

const orders = topic('orders', { key: 'string', value: json<Message<string, unknown>>() });
const mails = topic('mails', { key: 'string', value: 'json' });
const others = topic('others', { value: 'json' });

let app: TestApp;
afterEach(() => app.stop());

const begin = Date.parse('2000-01-01T12:00:00Z');
const minute = 60_000;

/** Sends what it is told to, each in the way that the order names. */
@App({ id: 'shop', errors: { retry: { attempts: 0 } } })
class Shop {
  positions: unknown[] = [];

  constructor(@Inject(mails) readonly mails: Topic<string, unknown>) {}

  @Handler(orders)
  async order(message: Message<string, unknown>, { key }: Event<string>): Promise<void> {
    if (key === 'soon') this.mails.sendSoon(message);
    else if (key === 'many') await this.mails.sendMany([message, { ...message, value: 'second' }]);
    else this.positions.push(await this.mails.send(message));
    if (message.key === 'fails') throw new Error('refused');
  }
}

const at = (minutes: number) => begin + minutes * minute;
const sent = () => app.sent(mails).map(({ key, value, timestamp }) => [key, value, (timestamp - begin) / minute]);

describe.each([
  ['at-least-once', 'memory://'],
  ['exactly-once', 'memory://'],
  ['at-least-once', 'level://'],
] as const)('a delayed message, %s, %s', (guarantee, store) => {
  const start = async (partitions = 1) => {
    app = await TestApp.start(Shop, { start: begin, partitions, overrides: { guarantee, store } });
  };
  const order = (key: string, value: Message<string, unknown>) => app.send(orders, { key, value });

  it('goes to its topic when it is due, and not before', async () => {
    await start();
    await order('send', { key: 'a', value: 1, at: at(2) });
    await order('soon', { key: 'b', value: 2, at: at(1) });
    await order('many', { key: 'c', value: 'first', at: at(3) });
    await app.settled();
    expect(sent()).toEqual([]);
    expect(app.get(Shop).positions).toEqual([{ topic: 'shop-delayed', partition: 0, offset: 0 }]);
    await app.advance('59999ms');
    expect(sent()).toEqual([]);
    await app.advance('1h');
    expect(sent()).toEqual([
      ['b', 2, 1],
      ['a', 1, 2],
      ['c', 'first', 3],
      ['c', 'second', 3],
    ]);
  });
});
