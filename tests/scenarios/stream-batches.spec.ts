import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent, App, CLOCK, type Clock, Handler, Inject, json, type Stream, type Topic, topic } from '@weir/core';
import { CodecError } from '@weir/core/internal/errors';
import { TestApp } from '@weir/testing';
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
const errors = { retry: { attempts: 2, backoff: '100ms', jitter: 0 } } as const;

class Sends {
  constructor(@Inject(invoices) readonly out: Topic<string, Order>) {}
}

@App({ id: 'soon', errors })
class Soon extends Sends {
  @Agent(orders)
  async take(stream: Stream<Order>): Promise<void> {
    const sent = stream.map((value) => this.out.sendSoon({ key: 'a', value }));
    for await (const _ of sent.take(2, '1s'));
  }
}

@App({ id: 'unseen', errors })
class Unseen extends Sends {
  @Agent(orders)
  async take(stream: Stream<Order>): Promise<void> {
    const sent = stream.map((value) => {
      void this.out.send({ key: 'a', value });
      return value;
    });
    for await (const _ of sent.take(2, '1s'));
  }
}

@App({ id: 'dropped', errors })
class Dropped extends Sends {
  @Agent(orders)
  async take(stream: Stream<Order>): Promise<void> {
    const sent = stream.filter((value) => {
      this.out.sendSoon({ key: 'a', value });
      return value.id % 2 === 0;
    });
    for await (const _ of sent.take(2, '1s'));
  }
}

@App({ id: 'forwards', errors })
class Forwards {
  @Agent(orders)
  async take(stream: Stream<Order>): Promise<void> {
    const sent = stream.events().map((event) => {
      void event.forward(invoices);
      return event;
    });
    for await (const _ of sent.take(2, '1s'));
  }
}
const forms = Object.entries({ Soon, Unseen, Dropped, Forwards });
const distinctIds = () => new Set(app.sent(invoices).map(({ value }) => value.id));

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

describe('gathering, exactly once, while a message that cannot be decoded waits for its retry', () => {
  const ids = () => app.sent(invoices).map(({ value }) => value.id);

  @App({
    id: 'gathers',
    guarantee: 'exactly-once',
    drainTimeout: '5s',
    errors: { retry: { attempts: 1, backoff: '10s', jitter: false, retryable: () => true } },
  })
  class Gathers {
    constructor(@Inject(invoices) readonly out: Topic<string, Order>) {}
    @Agent(orders)
    async take(stream: Stream<Order>): Promise<void> {
      for await (const some of stream.take(3, '1s')) for (const { id } of some) this.out.sendSoon({ key: 'a', value: { id } });
    }
  }
  it('comes to rest while it gathers and a message that cannot be decoded waits for its retry', async () => {
    app = await TestApp.start(Gathers);
    await app.send(orders, [order(1), malformed]);
    await app.advance('1m');
    expect(ids()).toEqual([1]);
    expect(app.deadLetters()).toHaveLength(1);
    expect(app.committed(orders)).toBe(2);
  });
});

describe('gathering, exactly once, with dead letters on the way', () => {
  @App({ id: 'rare', guarantee: 'exactly-once', errors: { retry: { attempts: 0 } } })
  class Rare {
    constructor(@Inject(invoices) readonly out: Topic<string, Order>) {}
    @Agent(orders)
    async take(stream: Stream<Order>): Promise<void> {
      for await (const some of stream.filter(({ id }) => id === 1).take(3, '1h'))
        for (const { id } of some) this.out.sendSoon({ key: 'a', value: { id } });
    }
  }
  it('sets a message aside once, however much is dropped while an array is gathered', async () => {
    app = await TestApp.start(Rare);
    await app.send(orders, [order(1), malformed]);
    await app.advance('1s');
    expect(app.deadLetters()).toHaveLength(1);
    await app.send(
      orders,
      Array.from({ length: 4_100 }, (_, i) => order(i + 2)),
    );
    await app.advance('1s');
    await app.crash();
    await app.restart();
    await app.advance('1s');
    expect(app.deadLetters()).toHaveLength(1);
  });
});

// It was taken for a message that was sent for no event: refused, it was lost, and the event was committed.
describe.each(forms)('at least once, a message that a step before take has sent: %s', (_, form) => {
  const refuses = (id: number) => (message: { topic: string; value?: unknown }) =>
    message.topic === 'invoices' && (JSON.parse(String(message.value)) as Order).id === id;

  it('is sent again when the broker refused it once', async () => {
    app = await TestApp.start(form);
    let left = 1;
    const isRefused = refuses(1);
    app.broker.faults.failProduce((message) => isRefused(message) && left-- > 0);
    await app.send(orders, [0, 1, 2].map(order));
    await app.advance('30s');
    expect(distinctIds()).toEqual(new Set([0, 1, 2]));
    expect(app.committed(orders)).toBe(3);
  });

  it('has its event set aside when the broker always refuses it', async () => {
    app = await TestApp.start(form);
    app.broker.faults.failProduce(refuses(1));
    await app.send(orders, [0, 1, 2, 3].map(order));
    await app.advance('1m');
    expect(app.deadLetters().map(({ offset }) => offset)).toEqual([1]);
    expect(distinctIds()).toEqual(new Set([0, 2, 3]));
    expect(app.committed(orders)).toBe(4);
  });
});

describe.each(forms)('with exactly once, a step before take that sends: %s', (_, form) => {
  // `forward` was let through there: its message went out without its event.
  it('fails, and nothing of it goes out', async () => {
    app = await TestApp.start(form, { overrides: { guarantee: 'exactly-once' } });
    await app.send(orders, [0, 1].map(order));
    await app.advance('30s');
    expect(distinctIds()).toEqual(new Set());
    expect(app.deadLetters().map(({ offset }) => offset)).toEqual([0, 1]);
  });
});
