import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { App, CLOCK, type Clock, type Event, Handler, Inject, type Topic } from '@weir/core';
import { TestApp } from '@weir/testing';
import { invoices, type Order, order, orders } from './orders.fixture.js';

let app: TestApp;
afterEach(() => app?.stop());
const keyed = (id: number, key = `k${id % 3}`) => ({ key, value: { id } });
const manyKeyed = (count: number) => Array.from({ length: count }, (_, id) => keyed(id));

/** A handler that the test lets go by hand. */
class Gate {
  readonly begun: number[] = [];
  readonly done: number[] = [];
  readonly #open = new Map<number, () => void>();

  pass(id: number): Promise<void> {
    this.begun.push(id);
    return new Promise<void>((resolve) => this.#open.set(id, resolve)).then(() => void this.done.push(id));
  }

  release(...ids: number[]): void {
    for (const id of ids) this.#open.get(id)?.();
  }
}

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
const hundred = Array.from({ length: 100 }, (_, id) => id);
const ids = () => app.sent(invoices).map(({ value }) => value.id);

describe.each(['at-least-once', 'exactly-once'] as const)('a handler, %s', (guarantee) => {
  @App({ id: 'sequential' })
  class Sequential extends Gate {
    @Handler(orders)
    async take({ id }: Order): Promise<void> {
      await this.pass(id);
    }
  }

  it('takes one event of a partition at a time, and nothing past it is committed', async () => {
    app = await TestApp.start(Sequential, { overrides: { guarantee } });
    await app.send(orders, manyKeyed(3));
    await app.settled({ running: 1 });
    const { begun } = app.get(Sequential);
    expect(begun).toEqual([0]);
    expect(app.committed(orders)).toBe(0);
    app.get(Sequential).release(0);
    await app.settled({ running: 1 });
    expect(begun).toEqual([0, 1]);
    expect(app.committed(orders)).toBe(1);
    app.get(Sequential).release(1);
    await app.settled({ running: 1 });
    app.get(Sequential).release(2);
    await app.settled();
    expect(app.committed(orders)).toBe(3);
  });

  it('leaves what is in flight to the next owner after a crash', async () => {
    app = await TestApp.start(Sequential, { overrides: { guarantee } });
    await app.send(orders, manyKeyed(2));
    await app.settled({ running: 1 });
    app.get(Sequential).release(0);
    await app.settled({ running: 1 });
    await app.crash();
    await app.restart();
    await app.settled({ running: 1 });
    expect(app.get(Sequential).begun).toEqual([1]);
    app.get(Sequential).release(1);
  });
});

describe.each(['at-least-once', 'exactly-once'] as const)('concurrency by key, %s', (guarantee) => {
  @App({ id: 'by-key' })
  class ByKey extends Gate {
    @Handler(orders, { concurrency: { by: 'key', max: 3, maxAhead: 6 } })
    take({ id }: Order): Promise<void> {
      return this.pass(id);
    }
  }

  it('runs different keys at once and one key in order', async () => {
    app = await TestApp.start(ByKey, { overrides: { guarantee } });
    await app.send(orders, manyKeyed(6));
    await app.settled({ running: 3 });
    const gate = app.get(ByKey);
    expect(gate.begun).toEqual([0, 1, 2]);
    gate.release(1);
    await app.settled({ running: 3 });
    expect(gate.begun).toEqual([0, 1, 2, 4]);
    gate.release(0, 2);
    await app.settled({ running: 3 });
    expect(gate.begun).toEqual([0, 1, 2, 4, 3, 5]);
    gate.release(3, 4, 5);
    await app.settled();
    expect(app.committed(orders)).toBe(6);
  });

  it('commits nothing past the oldest event in flight', async () => {
    app = await TestApp.start(ByKey, { overrides: { guarantee } });
    await app.send(orders, manyKeyed(3));
    await app.settled({ running: 3 });
    const gate = app.get(ByKey);
    gate.release(1, 2);
    await app.settled({ running: 1 });
    expect(app.committed(orders)).toBe(0);
    gate.release(0);
    await app.settled();
    expect(app.committed(orders)).toBe(3);
  });

  it('goes no further ahead of the commit point than maxAhead', async () => {
    app = await TestApp.start(ByKey, { overrides: { guarantee } });
    await app.send(
      orders,
      Array.from({ length: 20 }, (_, id) => keyed(id, `${id}`)),
    );
    await app.settled({ running: 3 });
    const gate = app.get(ByKey);
    for (const id of [1, 2, 3, 4, 5, 6, 7]) {
      gate.release(id);
      await app.settled({ running: 3 });
    }
    expect(Math.max(...gate.begun)).toBe(5);
    for (let id = 0; id < 20; id++) {
      gate.release(id);
      await app.settled({ running: 3 });
    }
    await app.settled();
    expect(app.committed(orders)).toBe(20);
  });
});

describe.each(['at-least-once', 'exactly-once'] as const)('a handler with a time limit, %s', (guarantee) => {
  @App({ id: 'limited' })
  class Limited {
    readonly aborted: unknown[] = [];
    @Handler(orders, { handlerTimeout: '10s', errors: { retry: { attempts: 0 } } })
    hang(_: Order, event: Event): Promise<void> {
      event.signal.addEventListener('abort', () => this.aborted.push(event.offset));
      return new Promise(() => {});
    }
  }

  @App({ id: 'queries' })
  class Queries {
    @Handler(orders, { handlerTimeout: '10s', errors: { retry: { attempts: 0 } } })
    ask({ id }: Order): unknown {
      // As query builders have it: it is no promise, and begins when somebody waits for it.
      return { then: (resolve: () => void) => void (id === 1 && resolve()) };
    }
  }

  it('is held to it also when it returns what only can be waited for', async () => {
    app = await TestApp.start(Queries, { overrides: { guarantee } });
    await app.send(orders, [keyed(0), keyed(1)]);
    await app.settled({ running: 1 });
    await app.advance('10s');
    expect(app.deadLetters()).toMatchObject([{ offset: 0, error: { code: 'HANDLER_TIMEOUT' } }]);
    expect(app.committed(orders)).toBe(2);
  });

  it('has its signal aborted and its event set aside', async () => {
    app = await TestApp.start(Limited, { overrides: { guarantee } });
    await app.send(orders, manyKeyed(1));
    await app.settled({ running: 1 });
    await app.advance('10s');
    expect(app.get(Limited).aborted).toEqual([0]);
    expect(app.deadLetters()).toMatchObject([{ error: { code: 'HANDLER_TIMEOUT' } }]);
    expect(app.committed(orders)).toBe(1);
  });
});

// A commit waited until all that had been taken was done, up to a thousand events one after another: longer than a broker keeps a transaction open.
describe('with exactly once, a commit', () => {
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

  const overrides = { guarantee: 'exactly-once' } as const;

  it('waits for the event that runs, and for none that waits behind its key', async () => {
    app = await TestApp.start(Hot, { overrides });
    await app.send(orders, hundred.map(order));
    await app.advance('10s', { running: 1 });
    expect(app.committed(orders)).toBeGreaterThanOrEqual(8);
  });

  it('waits for those that run, and for no retry that is due', async () => {
    app = await TestApp.start(Due, { overrides });
    await app.send(orders, hundred.map(order));
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
      hundred.map((id) => ({ ...order(id), partition: id % 2 })),
    );
    await app.advance('2s', { running: 2 });
  });

  it('are left to the next worker at a stop', async () => {
    const began = app.clock.now();
    await app.restart();
    expect(app.clock.now() - began).toBeLessThanOrEqual(2_000);
    await app.advance('2m');
    expect(ids().sort((a, b) => a - b)).toEqual(hundred);
  });

  it('are left to the next owner at a hand-over', async () => {
    await app.join();
    await app.advance('5s', { running: 2 });
    expect([0, 1].map((partition) => app.committed(orders, partition)).every((offset) => offset >= 4)).toBe(true);
    await app.advance('2m');
    expect(ids().sort((a, b) => a - b)).toEqual(hundred);
  });
});
