import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent, App, CLOCK, type Clock, Handler, Inject, json, type Stream, type Topic, topic } from '@weir/core';
import { CodecError } from '@weir/core/internal/errors';
import { TestApp } from './index.js';
import { invoices, malformed, type Order, order, orders } from './orders.fixture.js';

let app: TestApp;
let release = () => {};
/** Until the test lets go. */
const held = () =>
  new Promise<void>((resolve) => {
    release = resolve;
  });
const ids = () => app.sent(invoices).map(({ value }) => value.id);

afterEach(async () => {
  release();
  await app.stop();
});

describe('an agent that takes arrays, exactly once', () => {
  class Invoicing {
    readonly seen: number[][] = [];
    constructor(
      @Inject(invoices) readonly out: Topic<string, Order>,
      @Inject(CLOCK) readonly clock: Clock,
    ) {}
  }

  @App({ id: 'takes', guarantee: 'exactly-once' })
  class Takes extends Invoicing {
    @Agent(orders)
    async take(stream: Stream<Order>): Promise<void> {
      for await (const some of stream.take(2, '130ms')) {
        for (const { id } of some) this.out.sendSoon({ key: 'a', value: { id } });
        await held();
      }
    }
  }

  // The message that could not be decoded made the lane forget what the loop had sent.
  it('loses nothing that it sends while a message comes that cannot be decoded', async () => {
    app = await TestApp.start(Takes);
    await app.send(orders, order(1));
    await app.settled();
    // The loop waits for more while its body runs on what there is.
    await app.clock.advanceTo(app.clock.now() + 135);
    await app.send(orders, malformed);
    await app.settled({ running: 2 });
    release();
    await app.settled({ running: 1 });
    expect(ids()).toEqual([1]);
    expect(app.deadLetters()).toHaveLength(1);
  });

  @App({ id: 'odd', guarantee: 'exactly-once' })
  class Odd extends Invoicing {
    @Agent(orders)
    async take(stream: Stream<Order>): Promise<void> {
      for await (const some of stream.filter(({ id }) => id % 2 === 1).take(3, '1m')) {
        this.seen.push(some.map(({ id }) => id));
        for (const { id } of some) this.out.sendSoon({ key: 'a', value: { id } });
      }
    }
  }

  // What the filter had dropped was taken for unfinished: every transaction was undone, and the minute began afresh.
  it('commits while it gathers what passes a filter', async () => {
    app = await TestApp.start(Odd);
    await app.send(orders, [1, 2].map(order));
    await app.advance('61s');
    expect(app.get(Odd).seen).toEqual([[1]]);
    expect(ids()).toEqual([1]);
    await app.send(orders, [3, 4].map(order));
    await app.advance('30s');
    await app.crash();
    await app.restart();
    await app.advance('61s');
    expect(ids()).toEqual([1, 3]);
    expect(app.committed(orders)).toBe(4);
  });

  const parcels = topic('parcels', { value: json<Order>() });

  @App({ id: 'beside', guarantee: 'exactly-once' })
  class Beside extends Invoicing {
    runs = 0;

    @Handler(parcels)
    async pack(): Promise<void> {
      this.runs++;
      await this.clock.sleep(250);
    }

    @Agent(orders)
    async take(stream: Stream<Order>): Promise<void> {
      for await (const some of stream.take(2, '130ms')) {
        for (const { id } of some) this.out.sendSoon({ key: 'a', value: { id } });
        await this.clock.sleep(300);
      }
    }
  }

  // It became due while the transaction waited for the slow handler, ran, and was found unfinished: everything was undone, again and again.
  it('gives an array that becomes due while a transaction waits to the next one', async () => {
    app = await TestApp.start(Beside);
    await app.send(orders, order(1));
    await app.send(parcels, [1, 2, 3, 4].map(order));
    await app.advance('5s');
    expect(ids()).toEqual([1]);
    expect(app.committed(parcels)).toBe(4);
    expect(app.get(Beside).runs).toBe(4);
  });

  @App({ id: 'slowly', guarantee: 'exactly-once', drainTimeout: '5s' })
  class Slowly extends Invoicing {
    @Agent(orders)
    async take(stream: Stream<Order>): Promise<void> {
      const odd = stream.filter(async ({ id }) => {
        await this.clock.sleep(10);
        return id % 2 === 1;
      });
      for await (const some of odd.take(3, '1m')) for (const { id } of some) this.out.sendSoon({ key: 'a', value: { id } });
    }
  }

  // The one that was dropped while it gathered went on being counted: the worker ended after drainTimeout.
  it('comes to rest behind a filter that takes its time', async () => {
    app = await TestApp.start(Slowly);
    await app.send(orders, [1, 2, 4].map(order));
    await app.advance('61s');
    expect(ids()).toEqual([1]);
  });

  /** What the loop and the steps ahead of it have sent for orders, each twice. */
  const twice = (stream: Stream<Order>) => stream.flatMap(({ id }) => [{ id }, { id: -id }]);

  @App({ id: 'spread', guarantee: 'exactly-once' })
  class Spread extends Invoicing {
    @Agent(orders)
    async take(stream: Stream<Order>): Promise<void> {
      for await (const some of twice(stream).take(3, '1h')) {
        this.seen.push(some.map(({ id }) => id));
        for (const { id } of some) await this.out.send({ key: 'a', value: { id } });
      }
    }
  }

  // What was sent for its first element was committed without the event, which ran again after a crash.
  it('commits what is sent for an event together with it, though its elements lie in two arrays', async () => {
    app = await TestApp.start(Spread);
    await app.send(orders, [1, 2].map(order));
    await app.advance('10s');
    expect(app.get(Spread).seen).toEqual([[1, -1, 2], [-2]]);
    expect(ids()).toEqual([1, -1, 2, -2]);
    await app.crash();
    await app.restart();
    await app.advance('10s');
    expect(ids()).toEqual([1, -1, 2, -2]);
    expect(app.committed(orders)).toBe(2);
  });

  it('waits for more, over commits, where nothing was sent for what it has gathered', async () => {
    app = await TestApp.start(Spread);
    await app.send(orders, order(1));
    await app.advance('10s');
    await app.send(orders, order(2));
    await app.settled();
    expect(app.get(Spread).seen[0]).toEqual([1, -1, 2]);
  });

  @App({ id: 'ahead', guarantee: 'exactly-once' })
  class Ahead extends Invoicing {
    @Agent(orders)
    async take(stream: Stream<Order>): Promise<void> {
      const noted = stream.map(async ({ id }) => {
        await this.out.send({ key: 'a', value: { id } });
        return { id: -id };
      });
      for await (const some of noted.take(3, '1h')) for (const { id } of some) await this.out.send({ key: 'a', value: { id } });
    }
  }

  // What it sent was in the transaction, and its event in the next one.
  it('refuses what a step ahead of arrays sends', async () => {
    app = await TestApp.start(Ahead);
    await app.send(orders, [1, 2].map(order));
    await app.advance('10s');
    expect(ids()).toEqual([]);
    expect(app.deadLetters().map(({ error }) => error.message)).toEqual(
      [1, 2].map(() => expect.stringContaining('a step of a stream before take() may not send')),
    );
    expect(app.committed(orders)).toBe(2);
  });

  @App({ id: 'dropped', guarantee: 'exactly-once', drainTimeout: '5s' })
  class Dropped extends Invoicing {
    @Agent(orders)
    async take(stream: Stream<Order>): Promise<void> {
      const positive = twice(stream).filter(({ id }) => id > 0);
      for await (const some of positive.take(3, '1s')) for (const { id } of some) this.out.sendSoon({ key: 'a', value: { id } });
    }
  }

  // It was held for ever: the transaction waited for it, and the worker ended.
  it('finishes an event of which a filter drops the last element', async () => {
    app = await TestApp.start(Dropped);
    await app.send(orders, order(1));
    await app.advance('1m');
    expect(ids()).toEqual([1]);
    expect(app.committed(orders)).toBe(1);
  });

  @App({
    id: 'retried',
    guarantee: 'exactly-once',
    errors: { retry: { attempts: 1, backoff: '10s', retryable: (error) => error instanceof CodecError } },
  })
  class Retried extends Invoicing {
    @Agent(orders)
    async take(stream: Stream<Order>): Promise<void> {
      for await (const some of stream.take(2, '130ms')) {
        for (const { id } of some) void this.out.send({ key: 'a', value: { id } });
        await held();
      }
    }
  }

  it('commits nothing of an array that its loop is not done with, while another event waits for its retry', async () => {
    app = await TestApp.start(Retried);
    await app.send(orders, order(1));
    await app.settled();
    await app.clock.advanceTo(app.clock.now() + 135);
    await app.send(orders, malformed);
    await app.settled({ running: 2 });
    await app.advance('3s', { running: 2 });
    expect(ids()).toEqual([]);
    await app.crash();
    await app.restart();
    await app.advance('1s', { running: 2 });
    release();
    await app.advance('30s', { running: 1 });
    expect(ids()).toEqual([1]);
  });
});

describe('an agent that takes arrays and fails', () => {
  @App({ id: 'fails', errors: { retry: { attempts: 1, backoff: '10s' } } })
  class Fails {
    readonly seen: number[][] = [];

    @Agent(orders)
    async take(stream: Stream<Order>): Promise<void> {
      for await (const some of stream.take(2, '100ms')) {
        this.seen.push(some.map(({ id }) => id));
        if (this.seen.length === 1) throw new Error('once');
      }
    }
  }

  // What came while it waited for its retry went to the run that had failed, and was never finished.
  it('is given what comes while it waits for its retry', async () => {
    app = await TestApp.start(Fails);
    await app.send(orders, order(1));
    await app.advance('1s');
    await app.send(orders, order(2));
    await app.advance('5s');
    await app.send(orders, order(3));
    await app.advance('1m');
    expect(app.get(Fails).seen).toEqual([[1], [1], [2, 3]]);
    expect(app.committed(orders)).toBe(3);
  });
});
