import { afterEach, describe, expect, it } from '@jest/globals';
import { App, Handler } from '@weir/core';
import { TestApp } from './index.js';
import { type Order, order, orders } from './orders.fixture.js';

const letters = 'shop-dead-letters';
const year = 365 * 86_400_000;
const start = Date.parse('2000-01-01T00:00:00Z');

@App({ id: 'shop', errors: { retry: { attempts: 0 } } })
class Shop {
  readonly seen: number[] = [];
  isBroken = true;
  @Handler(orders)
  take({ id }: Order): void {
    if (this.isBroken && id < 0) throw new RangeError('no such order');
    this.seen.push(id);
  }
}

let app: TestApp;
afterEach(() => app.stop());

// Its partition stood still for good: the worker stopped, and began again with the same message.
describe.each(['at-least-once', 'exactly-once'] as const)('a dead letter whose timestamp its topic does not take, %s', (guarantee) => {
  it.each([
    ['after', year],
    ['before', -year],
  ] as const)('goes out with the time of now, and keeps that of its original: %s', async (side, ms) => {
    app = await TestApp.start(Shop, { overrides: { guarantee } });
    app.broker.deleteTopic(letters);
    app.broker.createTopic({ name: letters, config: { [`message.timestamp.${side}.max.ms`]: '3600000' } });
    await app.send(orders, [{ ...order(-1), timestamp: start + ms }, order(2), { ...order(-3), timestamp: start + ms }]);
    await app.advance('1m');
    // With exactly once it runs again with each transaction that was undone.
    expect(new Set(app.get(Shop).seen)).toEqual(new Set([2]));
    expect(app.deadLetters().map(({ offset, timestamp }) => [offset, timestamp])).toEqual([
      [0, start + ms],
      [2, start + ms],
    ]);
    expect(app.broker.messages(letters).every(({ timestamp }) => timestamp - start < 60_000)).toBe(true);
    expect(app.committed(orders)).toBe(3);
  });

  it('is replayed with the timestamp of its original', async () => {
    app = await TestApp.start(Shop, { overrides: { guarantee } });
    app.broker.deleteTopic(letters);
    app.broker.createTopic({ name: letters, config: { 'message.timestamp.type': 'LogAppendTime' } });
    await app.send(orders, { ...order(-1), timestamp: 5_000 });
    await app.advance('1m');
    app.get(Shop).isBroken = false;
    await app.replay();
    await app.settled();
    expect(app.sent(orders).map(({ timestamp }) => timestamp)).toEqual([5_000, 5_000]);
    expect(app.get(Shop).seen).toEqual([-1]);
  });

  it('stops the worker where it is refused for another reason', async () => {
    app = await TestApp.start(Shop, { overrides: { guarantee } });
    app.broker.faults.failProduce(({ topic }) => topic === letters);
    await app.send(orders, order(-1));
    await expect(app.advance('1m')).rejects.toThrow(/dead-letter topic shop-dead-letters does not take it/);
  });
});

describe('the dead-letter topic', () => {
  it('is created to take any timestamp', async () => {
    app = await TestApp.start(Shop);
    expect(app.broker.config(letters)).toMatchObject({
      'message.timestamp.type': 'CreateTime',
      'message.timestamp.before.max.ms': '9223372036854775807',
      'message.timestamp.after.max.ms': '9223372036854775807',
    });
  });
});
