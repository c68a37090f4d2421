import { afterEach, describe, expect, it } from '@jest/globals';
import { App, Handler, Inject, type Topic } from '@weir/core';
import { TestApp } from '@weir/testing';
import { invoices, type Order, orders } from './orders.fixture.js';

let app: TestApp;
afterEach(() => app?.stop());
const ids = () => app.sent(invoices).map(({ value }) => value.id);
const order = (id: number) => ({ key: `${id % 5}`, value: { id } });

describe('while a transaction is committed', () => {
  @App({ id: 'exact-overlap', guarantee: 'exactly-once' })
  class Overlap {
    calls = 0;
    release = () => {};
    constructor(@Inject(invoices) readonly out: Topic<string, Order>) {}

    @Handler(orders)
    invoice({ id }: Order): Promise<void> | undefined {
      this.calls++;
      if (this.calls > 1) return this.send(id);
      return new Promise<void>((resolve) => {
        this.release = resolve;
      }).then(() => this.send(id));
    }

    send(id: number): undefined {
      this.out.sendSoon({ key: `${id}`, value: { id } });
    }
  }

  /** Its transaction waits a second for the broker to take the output of the first order. */
  async function committing(): Promise<Overlap> {
    app = await TestApp.start(Overlap);
    await app.send(orders, order(1));
    await app.settled({ running: 1 });
    app.broker.faults.delayProduce(1_000);
    app.get(Overlap).release();
    await app.advance('500ms');
    app.broker.faults.delayProduce(0);
    expect([app.get(Overlap).calls, ids(), app.committed(orders)]).toEqual([1, [], 0]);
    return app.get(Overlap);
  }

  it('goes on with the next events, whose outputs belong to the next transaction', async () => {
    const overlap = await committing();
    await app.send(orders, [2, 3].map(order));
    await app.advance('100ms');
    expect([overlap.calls, ids(), app.committed(orders)]).toEqual([3, [], 0]);
    await app.advance('5s');
    expect([overlap.calls, ids()]).toEqual([3, [1, 2, 3]]);
  });

  it('runs those events again, with those before them, when it cannot be', async () => {
    const overlap = await committing();
    app.broker.faults.dropCommits(1);
    await app.send(orders, [2, 3].map(order));
    await app.advance('5s');
    expect([overlap.calls, ids()]).toEqual([6, [1, 2, 3]]);
  });

  // Its outputs and its offset used to be committed though the partition had been lost in between, and its events ran again.
  it('is given up when a partition is lost, also one that is ours again', async () => {
    await committing();
    app.broker.faults.losePartition({ topic: 'orders', partition: 0 });
    await app.send(orders, [2, 3].map(order));
    await app.advance('5s');
    expect(ids()).toEqual([1, 2, 3]);
    expect(app.committed(orders)).toBe(3);
  });

  it('keeps what timers and services send, whatever becomes of it', async () => {
    const overlap = await committing();
    app.broker.faults.dropCommits(1);
    const sent = overlap.out.send({ key: 'service', value: { id: 100 } });
    await app.advance('5s');
    expect([await sent, ids().sort()]).toEqual([expect.objectContaining({ topic: 'invoices' }), [1, 100]]);
  });
});
