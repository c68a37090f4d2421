import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { App, CLOCK, type Clock, Handler, Inject, type Topic } from '@weir/core';
import { TestApp } from './index.js';
import { invoices, type Order, order, orders } from './orders.fixture.js';

/** Sends at once, and is then busy for a second: where all events have one key, one runs and the others wait behind it. */
@App({ id: 'hot', errors: { retry: { attempts: 2, backoff: '100ms', jitter: 0 } } })
class Hot {
  constructor(
    @Inject(invoices) private readonly out: Topic<string, Order>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Handler(orders, { concurrency: { by: 'key', max: 4 } })
  async take({ id }: Order): Promise<void> {
    await this.out.send({ key: 'a', value: { id } });
    await this.clock.sleep(1_000);
  }
}

/** As many as fail at first, and are due again together. */
@App({ id: 'due', errors: { retry: { attempts: 2, backoff: '100ms', jitter: 0 } } })
class Due {
  readonly #failed = new Set<number>();

  constructor(
    @Inject(invoices) private readonly out: Topic<string, Order>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Handler(orders, { concurrency: { by: 'none', max: 2 } })
  async take({ id }: Order): Promise<void> {
    if (!this.#failed.has(id)) {
      this.#failed.add(id);
      throw new Error('not yet');
    }
    await this.out.send({ key: 'a', value: { id } });
    // Never all at the same moment.
    await this.clock.sleep(1_000 + 100 * (id % 2));
  }
}

const many = Array.from({ length: 100 }, (_, id) => id);
const ids = () => app.sent(invoices).map(({ value }) => value.id);
let app: TestApp;
afterEach(() => app.stop());

// A commit waited until all that had been taken was done, up to a thousand events one after another: longer than a broker keeps a transaction open.
describe('with exactly once, a commit', () => {
  const overrides = { guarantee: 'exactly-once' } as const;

  it('waits for the event that runs, and for none that waits behind its key', async () => {
    app = await TestApp.start(Hot, { overrides });
    await app.send(orders, many.map(order));
    await app.advance('10s', { running: 1 });
    expect(app.committed(orders)).toBeGreaterThanOrEqual(8);
  });

  it('waits for those that run, and for no retry that is due', async () => {
    app = await TestApp.start(Due, { overrides });
    await app.send(orders, many.map(order));
    await app.advance('10s', { running: 2 });
    expect(ids().length).toBeGreaterThanOrEqual(8);
  });
});

// A stop, and a hand-over, ran all that had been taken before, until their time was up: a minute for a hundred events.
describe.each(['at-least-once', 'exactly-once'] as const)('events that wait behind a key, %s', (guarantee) => {
  beforeEach(async () => {
    app = await TestApp.start(Hot, { partitions: 2, overrides: { guarantee } });
    await app.send(
      orders,
      many.map((id) => ({ ...order(id), partition: id % 2 })),
    );
    await app.advance('2s', { running: 2 });
  });

  it('are left to the next worker at a stop', async () => {
    const began = app.clock.now();
    await app.restart();
    expect(app.clock.now() - began).toBeLessThanOrEqual(2_000);
    await app.advance('2m');
    expect(ids().sort((a, b) => a - b)).toEqual(many);
  });

  it('are left to the next owner at a hand-over', async () => {
    await app.join();
    await app.advance('5s', { running: 2 });
    expect([0, 1].map((partition) => app.committed(orders, partition)).every((offset) => offset >= 4)).toBe(true);
    await app.advance('2m');
    expect(ids().sort((a, b) => a - b)).toEqual(many);
  });
});
