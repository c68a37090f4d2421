import { afterEach, describe, expect, it } from '@jest/globals';
import { App, type Event, Handler, topic } from '@weir/core';
import { TestApp } from './index.js';
import { malformed, type Order, order, orders } from './orders.fixture.js';

const letters = topic('shop-dead-letters', { value: 'raw' });

let app: TestApp | undefined;
afterEach(() => app?.stop());

describe('an app whose pattern matches the topic of its own dead letters', () => {
  // Each dead letter was read, could not be decoded and was set aside again: 951 in ten minutes, of one message.
  it.each([/.*/, /^(orders|shop)/, /-dead-letters$/])('does not read them: %s', async (pattern) => {
    const topics: string[] = [];
    @App({ id: 'shop' })
    class Shop {
      @Handler(topic(pattern, { value: 'json' }))
      take(_: unknown, { topic: name }: Event): void {
        topics.push(name);
      }
      @Handler(orders)
      orders({ id }: Order): void {
        if (id === 2) throw new RangeError('no such order');
      }
    }
    app = await TestApp.start(Shop);
    await app.send(orders, [order(1), order(2), malformed]);
    await app.advance('2m');
    const ofOthers = pattern.test('orders') ? 1 : 0;
    expect(app.deadLetters().filter((each) => each.topic === 'shop-dead-letters')).toEqual([]);
    expect(app.deadLetters()).toHaveLength(2 + ofOthers);
    expect(topics).toEqual(ofOthers ? ['orders', 'orders'] : []);
  });

  it('reads them where it names them', async () => {
    let seen = 0;
    @App({ id: 'shop' })
    class Shop {
      @Handler(orders)
      take(): void {
        throw new RangeError('no such order');
      }
      @Handler(letters, { errors: { then: 'skip' } })
      look(): void {
        seen++;
        throw new TypeError('nor this');
      }
      @Handler(topic(/.*/))
      all(): void {}
    }
    app = await TestApp.start(Shop);
    await app.send(orders, order(1));
    await app.advance('2m');
    expect(seen).toBe(4);
    expect(app.deadLetters()).toHaveLength(1);
  });
});

describe('an app that reads its own dead letters', () => {
  @App({ id: 'alerts' })
  class Alerts {
    @Handler(letters)
    look(): void {}
  }

  it('is refused also when it is theirs only under the name that it is started with', async () => {
    app = await TestApp.start(Alerts);
    await app.stop();
    app = undefined;
    await expect(TestApp.start(Alerts, { overrides: { id: 'shop' } })).rejects.toThrow(/Alerts\.look: it reads 'shop-dead-letters'/);
  });
});
