import { afterEach, describe, expect, it } from '@jest/globals';
import { App, Handler, Inject, json, type Topic, topic } from '@weir/core';
import { TransportError } from '@weir/core/internal/errors';
import { TestApp } from '@weir/testing';
import { pino } from 'pino';
import { type Order, orders } from './orders.fixture.js';

const order = (id: number, key: string) => ({ key, value: { id } });

@App({ id: 'watched', stallTimeout: '20s' })
class Watched {
  readonly seen: number[] = [];
  release = () => {};

  @Handler(orders)
  async take({ id }: Order): Promise<void> {
    this.seen.push(id);
    if (id < 0) await new Promise<void>((resolve) => Object.assign(this, { release: resolve }));
  }
}
let app: TestApp;
let lines: string[];

const watched = (partitions: number) => {
  lines = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push((JSON.parse(line) as { msg: string }).msg) });
  return TestApp.start(Watched, { partitions, overrides: { logger } });
};
afterEach(() => app?.stop());

describe('the watchdog', () => {
  it('reads anew when messages do not come, and ends the worker when that does not help', async () => {
    app = await watched(1);
    await app.send(orders, order(1, 'a'));
    await app.settled();
    app.broker.faults.freeze({ topic: 'orders', partition: 0 });
    await app.send(orders, order(2, 'a'));
    await app.advance('30s');
    expect(lines).toEqual([expect.stringMatching(/^no message has come for 2\d s though there are some: reading anew$/)]);
    await expect(app.advance('1m')).rejects.toMatchObject({
      code: 'PARTITION_STALLED',
      message: expect.stringMatching(/^orders\[0\]@1 has messages up to 2/),
    });
  });

  // An app was ended two minutes after its last transaction.
  it('takes the end of a transaction for no message', async () => {
    const copies = topic('copies', { value: json<Order>() });
    @App({ id: 'copying', stallTimeout: '20s', guarantee: 'exactly-once' })
    class Copying {
      @Handler(orders, { sinks: [copies] })
      copy(order: Order): Order {
        return order;
      }
      @Handler(copies)
      read(): void {}
    }
    lines = [];
    const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push((JSON.parse(line) as { msg: string }).msg) });
    app = await TestApp.start(Copying, { overrides: { logger } });
    await app.send(orders, order(1, 'a'));
    await app.advance('10m');
    expect([lines, app.committed(copies)]).toEqual([[], 1]);
  });

  const invoices = topic('invoices', { value: json<Order>() });

  @App({ id: 'invoicing', stallTimeout: '20s' })
  class Invoicing {
    readonly seen: number[] = [];
    last = () => {};

    constructor(@Inject(invoices) private readonly out: Topic<string, Order>) {}

    @Handler(orders)
    take({ id }: Order): void {
      this.seen.push(id);
      this.out.sendSoon({ key: 'a', value: { id } });
      if (id === 3) this.last();
    }
  }

  // It took the partition to stand where it had come to before the rewind: it was silent, or read on there, and what lay before was skipped.
  it('reads anew from where a rewind went', async () => {
    lines = [];
    const logger = pino({ level: 'error' }, { write: (line: string) => void lines.push((JSON.parse(line) as { msg: string }).msg) });
    app = await TestApp.start(Invoicing, { partitions: 1, overrides: { logger } });
    const { faults } = app.broker;
    let refused = 0;
    faults.failProduce(({ topic, value }) => topic === 'invoices' && String(value).includes('3') && refused++ === 0);
    app.get(Invoicing).last = () => faults.freeze({ topic: 'orders', partition: 0 });
    await app.send(
      orders,
      [1, 2, 3].map((id) => order(id, 'a')),
    );
    await app.advance('30s');
    expect(app.get(Invoicing).seen).toEqual([1, 2, 3]);
    expect(lines).toEqual([expect.stringMatching(/^no message has come for 2\d s though there are some: reading anew$/)]);
    faults.thaw({ topic: 'orders', partition: 0 });
    await app.advance('10s');
    // Only the event whose message was refused.
    expect(app.get(Invoicing).seen).toEqual([1, 2, 3, 3]);
    expect(app.committed(orders)).toBe(3);
  });

  it('lets the other partitions flow meanwhile', async () => {
    app = await watched(2);
    app.broker.faults.freeze({ topic: 'orders', partition: 0 });
    await app.send(
      orders,
      [1, 2, 3, 4, 5, 6].map((id) => order(id, `k${id}`)),
    );
    await app.advance('30s');
    const flowing = app.broker.messages('orders').filter(({ partition }) => partition === 1);
    expect(app.get(Watched).seen).toHaveLength(flowing.length);
    app.broker.faults.thaw({ topic: 'orders', partition: 0 });
    await app.advance('1m');
    expect(app.get(Watched).seen).toHaveLength(6);
  });

  it('is silent about partitions that have nothing to give', async () => {
    app = await watched(2);
    await app.send(orders, order(1, 'a'));
    await app.advance('10m');
    expect(lines).toEqual([]);
  });

  it('says that no broker answers, again and again, and goes on by itself when one does', async () => {
    app = await watched(1);
    await app.send(orders, order(1, 'a'));
    await app.settled();
    app.broker.faults.down();
    await app.advance('2m');
    expect(lines.length).toBeGreaterThanOrEqual(4);
    for (const line of lines) expect(line).toMatch(/^no broker answers, and orders\[0\] has stood still for .*: trying on/);
    app.broker.faults.up();
    await app.send(orders, order(2, 'a'));
    await app.advance('30s');
    expect(lines.at(-1)).toBe('a broker answers again');
    expect(app.get(Watched).seen).toEqual([1, 2]);
    expect(app.committed(orders)).toBe(2);
  });

  it('ends the worker when every poll is an error', async () => {
    app = await watched(1);
    await app.send(orders, order(1, 'a'));
    await app.settled();
    app.broker.faults.failPolls(new TransportError('Local: Erroneous state', { code: 'CLIENT_FATAL' }));
    await expect(app.advance('1s')).rejects.toMatchObject({ code: 'CLIENT_FATAL' });
    expect(lines.at(-1)).toBe('the worker stops: Local: Erroneous state');
    expect(app.committed(orders)).toBe(1);
  });

  it('names the event that a handler does not come to an end with', async () => {
    app = await watched(1);
    await app.send(orders, order(-1, 'a'));
    await app.settled({ running: 1 });
    await app.advance('30s', { running: 1 });
    expect(lines[0]).toMatch(/^no event of orders\[0\] has finished for 2\d s: Watched.take runs on orders\[0\]@0$/);
    app.get(Watched).release();
    await app.settled();
    expect(app.committed(orders)).toBe(1);
  });
});
