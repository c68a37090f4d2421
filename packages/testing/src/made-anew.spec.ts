import { afterEach, describe, expect, it } from '@jest/globals';
import { App, Handler } from '@weir/core';
import { TestApp } from './index.js';
import { invoices, type Order, order, orders } from './orders.fixture.js';

let app: TestApp;
afterEach(() => app.stop());

describe.each(['at-least-once', 'exactly-once'] as const)('a topic that is deleted and made anew, %s', (guarantee) => {
  @App({ id: 'shop', guarantee })
  class Shop {
    readonly seen: number[] = [];
    release = () => {};
    @Handler(orders, { sinks: [invoices] })
    async take({ id }: Order): Promise<Order> {
      this.seen.push(id);
      if (id === 3) await new Promise<void>((resolve) => (this.release = resolve));
      return { id };
    }
  }

  it('is read from its beginning, and nothing of the old one is committed over it', async () => {
    app = await TestApp.start(Shop);
    await app.send(orders, [order(1), order(2), order(3)]);
    await app.settled({ running: 1 });
    app.broker.deleteTopic('orders');
    app.broker.createTopic({ name: 'orders' });
    await app.send(orders, [order(11), order(12)]);
    app.get(Shop).release();
    await app.advance('1m');
    expect(app.get(Shop).seen).toEqual([1, 2, 3, 11, 12]);
    expect(app.committed(orders)).toBe(2);
    expect(
      app
        .sent(invoices)
        .map(({ value }) => value.id)
        .filter((id) => id > 10),
    ).toEqual([11, 12]);
  });
});
