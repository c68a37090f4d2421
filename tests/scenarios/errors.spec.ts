import { cpSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test } from '@jest/globals';
import { Agent, App, type Event, Handler, type Stream, topic } from '@weir/core';
import { TestApp } from '@weir/testing';
import { pino } from 'pino';
import { turns } from './gates.fixture.js';
import { keyedOrders, type Order, orderOf, orders } from './orders.fixture.js';

let app: TestApp;
afterEach(() => app?.stop());

describe.each(['at-least-once', 'exactly-once'] as const)('whatever a handler throws, %s', (guarantee) => {
  const keyed = (id: number, key = `k${id % 3}`) => ({ key, value: { id } });

  const broken = (): never => {
    throw new Error('not readable');
  };
  const thrown: Readonly<Record<string, unknown>> = {
    'a frozen error': Object.freeze(new Error('frozen')),
    'an object without a prototype': Object.create(null),
    'an object that cannot be read': new Proxy({}, { get: broken, getPrototypeOf: broken }),
    'an error whose message is an object': Object.assign(new Error('x'), { message: { a: 1 } }),
    'an error whose message cannot be read': Object.defineProperty(new Error('x'), 'message', { get: broken }),
    'an error whose code cannot be read': Object.defineProperty(new Error('x'), 'code', { get: broken, enumerable: true }),
    'an error with symbols': Object.assign(new Error('x'), { name: Symbol('n'), code: Symbol('c') }),
    nothing: undefined,
  };

  @App({ id: 'throws', errors: { retry: { attempts: 1 } } })
  class Throws {
    @Handler(orders)
    one({ id }: Order, { key }: Event<string, Order>): void {
      if (id === 1) throw thrown[key as string];
    }

    @Handler(orders, { batch: { max: 2 } })
    some(values: Order[], [{ key }]: Event<string, Order>[]): void {
      if (values.some(({ id }) => id === 1)) throw thrown[key as string];
    }

    @Agent(orders)
    async loop(stream: Stream<Order, string>): Promise<void> {
      for await (const [key, { id }] of stream.items()) if (id === 1) throw thrown[key as string];
    }
  }

  // The process ended, or the worker, again and again at the same event.
  it.each(Object.keys(thrown))('sets the event aside and goes on: %s', async (what) => {
    app = await TestApp.start(Throws, { overrides: { guarantee, logger: pino({ level: 'trace' }, { write: () => undefined }) } });
    await app.send(orders, [keyed(1, what), keyed(2, what)]);
    await app.advance('10s');
    expect(app.deadLetters().map(({ offset, agent }) => [offset, agent])).toHaveLength(3);
    expect(new Set(app.deadLetters().map(({ offset }) => offset))).toEqual(new Set([0]));
    expect(app.committed(orders)).toBe(2);
  });
});

describe('a handler that was given up and fails afterwards', () => {
  const orders = topic('orders', { key: 'string', value: 'string', partitions: 2 });
  const options = { drainTimeout: '2s', errors: { retry: { attempts: 0 } } } as const;

  /** What runs, and what makes it fail. */
  let running: { order: string; fail(error: Error): void }[];
  const work = (order: string) => new Promise<void>((_, fail) => running.push({ order, fail }));

  @App({ id: 'one', ...options })
  class OneAtATime {
    @Handler(orders)
    handle(order: string): Promise<void> {
      return work(order);
    }
  }

  @App({ id: 'keys', ...options })
  class ByKey {
    @Handler(orders, { concurrency: { by: 'key', max: 8 } })
    handle(order: string): Promise<void> {
      return work(order);
    }
  }

  @App({ id: 'arrays', ...options })
  class Arrays {
    @Handler(orders, { batch: { max: 2 } })
    handle([order]: string[]): Promise<void> {
      return work(order);
    }
  }

  @App({ id: 'loop', ...options })
  class Loop {
    @Agent(orders)
    async handle(stream: Stream<string>): Promise<void> {
      for await (const order of stream) await work(order);
    }
  }

  // It runs at the next owner.
  test.each([
    ['one event at a time', OneAtATime],
    ['events by key', ByKey],
    ['arrays', Arrays],
    ['a loop', Loop],
  ])('has nothing set aside, for %s', async (_, shape) => {
    running = [];
    app = await TestApp.start(shape);
    await app.send(
      orders,
      [0, 1].map((partition) => ({ key: 'a', value: `of ${partition}`, partition })),
    );
    await app.settled({ running: 2 });
    await app.join();
    await app.advance('3s', { running: 2 });
    const moved = running[2]?.order;
    expect(running.map(({ order }) => order).sort()).toEqual(['of 0', 'of 1', moved].sort());
    running.find(({ order }) => order === moved)?.fail(new Error('too late'));
    await app.settled({ running: 2 });
    expect(app.deadLetters()).toEqual([]);
  });
});

describe('an error that nobody catches, from what a handler has begun and not waited for', () => {
  const orders = topic('orders', { key: 'string', value: 'string', partitions: 2 });

  /** What handlers worked on to the end. */
  let done: string[];
  let datadir: string;

  beforeEach(() => {
    datadir = mkdtempSync(path.join(tmpdir(), 'weir-'));
    done = [];
  });

  afterEach(async () => {
    await app.stop();
    rmSync(datadir, { recursive: true, force: true });
  });

  /** The end of the process, as far as a test can: what was noted then is what the next worker finds. */
  let exit: () => void;
  let exited: Promise<void>;

  /** The error of the poison comes when it is done already. */
  async function begin(order: string): Promise<void> {
    if (order === 'poison at once') void Promise.resolve().then(exit);
    if (order === 'poison later') setTimeout(exit, 2);
    done.push(order);
  }

  @App({ id: 'one', commitInterval: '1h' })
  class OneAtATime {
    @Handler(orders)
    handle(order: string): void {
      void begin(order);
    }
  }

  @App({ id: 'keys', commitInterval: '1h' })
  class ByKey {
    @Handler(orders, { concurrency: { by: 'key', max: 8 } })
    async handle(order: string): Promise<void> {
      await begin(order);
    }
  }

  @App({ id: 'arrays', commitInterval: '1h' })
  class Arrays {
    @Handler(orders, { batch: { max: 5 } })
    async handle(some: string[]): Promise<void> {
      for (const order of some) await begin(order);
    }
  }

  @App({ id: 'loop', commitInterval: '1h' })
  class Loop {
    @Agent(orders)
    async handle(stream: Stream<string>): Promise<void> {
      for await (const order of stream) await begin(order);
    }
  }

  @App({ id: 'steps', commitInterval: '1h' })
  class Steps {
    @Agent(orders)
    async handle(stream: Stream<string>): Promise<void> {
      const passing = stream.filter(async (order) => {
        await begin(order);
        return order !== 'poison at once';
      });
      for await (const _ of passing.take(2, '1s'));
    }
  }

  /** Starts a worker, and says how to end it. */
  async function startToExit(begin: () => Promise<void>): Promise<void> {
    const before = new Set(process.listeners('exit'));
    await begin();
    const ours = process.listeners('exit').filter((listener) => !before.has(listener)) as (() => void)[];
    const noted = `${datadir}-noted`;
    exited = new Promise((resolve) => {
      exit = () => {
        exit = () => {};
        for (const listener of ours) listener();
        cpSync(datadir, noted, { recursive: true });
        resolve();
      };
    });
  }

  async function crash(): Promise<void> {
    await app.crash();
    rmSync(datadir, { recursive: true });
    renameSync(`${datadir}-noted`, datadir);
  }

  // It was never found: it was done when the process ended. Those that were in hand just then were set aside instead.
  test.each([
    ['at once', OneAtATime, 3],
    ['at once', ByKey, 3],
    ['at once', Loop, 3],
    ['at once', Arrays, 3],
    ['at once', Steps, 3],
    ['later', OneAtATime, 3],
    ['later', ByKey, 3],
    ['later', Arrays, 3],
  ] as const)('is put down to its input: %s, %p', async (when, shape, crashes) => {
    await startToExit(async () => {
      app = await TestApp.start(shape, { overrides: { datadir } });
    });
    const values = ['a', 'b', `poison ${when}`, 'c', 'd'];
    await app.send(
      orders,
      values.map((value) => ({ key: value, value, partition: 0 })),
    );
    for (let count = 0; count < crashes; count++) {
      expect(app.deadLetters()).toEqual([]);
      await exited;
      await crash();
      await startToExit(() => app.restart());
    }
    await app.advance('5s');
    expect(app.deadLetters().map(({ value, attempts, error }) => [String(value), attempts, error.code])).toEqual([
      [`poison ${when}`, crashes, 'INPUT_CRASHES'],
    ]);
    expect(new Set(done)).toEqual(new Set(values));
  });
});

describe.each(['at-least-once', 'exactly-once'] as const)('faults of the app itself, %s', (guarantee) => {
  /** What loops and handlers were given. */
  let seen: unknown[];

  beforeEach(() => {
    seen = [];
  });

  const broken = () => {
    throw new Error('a fault in retryable');
  };

  @App({ id: 'retryable', errors: { retry: { attempts: 1, backoff: '1s', retryable: broken } } })
  class Retryable {
    @Handler(keyedOrders)
    handle({ id }: Order): void {
      if (id === 1) throw new Error('bad');
      seen.push(id);
    }
  }

  it('have an event set aside whose `retryable` throws', async () => {
    app = await TestApp.start(Retryable, { overrides: { guarantee } });
    await app.send(
      keyedOrders,
      [0, 1, 2].map((id) => orderOf(id)),
    );
    await app.settled();
    expect(seen).toEqual([0, 2]);
    expect(app.deadLetters()).toHaveLength(1);
    expect(app.committed(keyedOrders)).toBe(3);
  });

  const late = async () => {
    await Promise.resolve();
    throw new Error('late');
  };
  const atOnce = () => {
    throw new Error('at once');
  };

  @App({ id: 'sinks', errors: { retry: { attempts: 0 } } })
  class Sinks {
    @Handler(keyedOrders, { sinks: [late, atOnce] })
    handle(value: Order): Order {
      return value;
    }
  }

  // The first sink's rejection was nobody's, which ends a process.
  it('have an event set aside of which two sinks fail', async () => {
    app = await TestApp.start(Sinks, { overrides: { guarantee } });
    await app.send(keyedOrders, orderOf(1));
    await app.settled();
    await turns();
    expect(app.deadLetters().map(({ error }) => error.message)).toEqual(['at once']);
  });
});
