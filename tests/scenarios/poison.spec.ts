import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test } from '@jest/globals';
import { Agent, App, type AppOptions, CLOCK, type Clock, Handler, Inject, type Overrides, type Stream, topic } from '@weir/core';
import { TestApp } from '@weir/testing';

const orders = topic('orders', { key: 'string', value: 'string', partitions: 2 });

/** What handlers worked on to the end, and what they began. */
let done: string[];
let begun: string[];

/** Called when a poison begins. */
let poisons: () => void;

/** Ends the process, as far as a test can: it is not done when the test crashes the worker. */
async function work(order: string): Promise<void> {
  begun.push(order);
  if (order.startsWith('poison')) {
    poisons();
    await new Promise(() => undefined);
  }
  done.push(order);
}

@App({ id: 'one' })
class OneAtATime {
  @Handler(orders)
  async handle(order: string): Promise<void> {
    await work(order);
  }
}

@App({ id: 'keys' })
class ByKey {
  @Handler(orders, { concurrency: { by: 'key', max: 8 } })
  async handle(order: string): Promise<void> {
    await work(order);
  }
}

@App({ id: 'arrays' })
class Arrays {
  @Handler(orders, { batch: { max: 5 } })
  async handle(some: string[]): Promise<void> {
    for (const order of some) await work(order);
  }
}

@App({ id: 'loop' })
class Loop {
  @Agent(orders)
  async handle(stream: Stream<string>): Promise<void> {
    for await (const order of stream) await work(order);
  }
}
let datadir: string;
let app: TestApp;

async function start(
  shape: new (...args: never[]) => object,
  overrides: Partial<AppOptions> & Pick<Overrides, 'logger'> = {},
): Promise<void> {
  app = await TestApp.start(shape, { overrides: { datadir, ...overrides } });
}

beforeEach(() => {
  datadir = mkdtempSync(path.join(tmpdir(), 'weir-'));
  done = [];
  begun = [];
  poisons = () => undefined;
});

afterEach(async () => {
  await app.stop();
  rmSync(datadir, { recursive: true, force: true });
});

function nextPoison(): Promise<void> {
  return new Promise((resolve) => {
    poisons = resolve;
  });
}
const values = ['a', 'b', 'poison', 'c', 'd'];
const messages = values.map((value) => ({ key: value, value, partition: 0 }));

describe('an input that ends the process', () => {
  test.each([
    ['one event at a time', OneAtATime],
    ['events by key', ByKey],
    ['arrays', Arrays],
    ['a loop', Loop],
  ])('is set aside after the third time, for %s', async (_, shape) => {
    await start(shape);
    await app.send(orders, messages);
    for (let crash = 0; crash < 3; crash++) {
      expect(app.deadLetters()).toEqual([]);
      await app.settled({ running: 8 });
      await app.crash();
      await app.restart();
    }
    await app.settled();
    expect(app.deadLetters().map(({ value, attempts, error }) => [String(value), attempts, error.code])).toEqual([
      ['poison', 3, 'INPUT_CRASHES'],
    ]);
    expect(begun.filter((order) => order === 'poison')).toHaveLength(3);
    expect(new Set(done)).toEqual(new Set(['a', 'b', 'c', 'd']));
    expect(app.committed(orders)).toBe(values.length);
  });

  // With exactly once the refusal was forgotten with its transaction: the letter went out among others again, without end.
  test.each([
    ['one event at a time', OneAtATime],
    ['arrays', Arrays],
    ['a loop', Loop],
  ])('is set aside with exactly once also where its dead letter is refused at first, for %s', async (_, shape) => {
    await start(shape, { guarantee: 'exactly-once' });
    // Its timestamp is one that the topic does not take: it goes out alone, then with another.
    const timestamp = app.clock.now() - 1;
    app.broker.faults.failProduce((message) => message.topic.endsWith('dead-letters') && message.timestamp === timestamp);
    await app.send(
      orders,
      messages.map((message) => ({ ...message, timestamp })),
    );
    await app.advance('1s', { running: 8 });
    for (let crash = 0; crash < 3; crash++) {
      await app.settled({ running: 8 });
      await app.crash();
      await app.restart();
      await app.advance('1s', { running: 8 });
    }
    await app.advance('10s');
    expect(app.deadLetters().map(({ value, error }) => [String(value), error.code])).toEqual([['poison', 'INPUT_CRASHES']]);
    expect(app.committed(orders)).toBe(values.length);
  });

  // Each was set aside again by every process that the next one ended before a commit was due.
  test.each([
    ['one event at a time', OneAtATime],
    ['a loop', Loop],
  ])('is set aside once where several do it one after another, for %s', async (_, shape) => {
    await start(shape);
    let next = nextPoison();
    const several = ['poison-1', 'a', 'poison-2', 'poison-3', 'b'];
    await app.send(
      orders,
      several.map((value) => ({ key: value, value, partition: 0 })),
    );
    for (let crash = 0; crash < 9; crash++) {
      await next;
      next = nextPoison();
      await app.crash();
      await app.restart();
    }
    await app.settled();
    expect(app.deadLetters().map(({ value }) => String(value))).toEqual(['poison-1', 'poison-2', 'poison-3']);
    expect(new Set(done)).toEqual(new Set(['a', 'b']));
    expect(app.committed(orders)).toBe(several.length);
  });

  test('is told apart from others that were in hand with it', async () => {
    await start(ByKey);
    const slow = ['poison', 'wait-1', 'wait-2', 'wait-3'].map((value) => ({ key: value, value, partition: 0 }));
    await app.send(orders, [...slow, { key: 'x', value: 'poison-on-1', partition: 1 }]);
    for (let crash = 0; crash < 5; crash++) {
      await app.settled({ running: 8 });
      await app.crash();
      await app.restart();
    }
    await app.settled();
    expect(app.deadLetters().map(({ value }) => String(value))).toEqual(expect.arrayContaining(['poison', 'poison-on-1']));
    expect(app.deadLetters()).toHaveLength(2);
    expect(new Set(done)).toEqual(new Set(['wait-1', 'wait-2', 'wait-3']));
  });

  // All between the oldest and the newest were, also those that were done: after a few kills a worker ran hardly anything but isolated events, one at a time.
  test('leaves those in peace that were not in hand, where several run at once', async () => {
    await start(ByKey);
    await app.send(
      orders,
      ['poison', 'a', 'b', 'c', 'd'].map((value) => ({ key: value, value, partition: 0 })),
    );
    await app.send(orders, { key: 'poison', value: 'behind', partition: 0 });
    for (let crash = 0; crash < 3; crash++) {
      await app.settled({ running: 8 });
      await app.crash();
      await app.restart();
    }
    await app.settled();
    expect(app.deadLetters().map(({ value }) => String(value))).toEqual(['poison']);
    expect(done).toContain('behind');
  });

  test('is tried for ever where the app says so, and nothing is kept on disk', async () => {
    await start(OneAtATime, { errors: { crashes: false } });
    await app.send(orders, messages);
    for (let crash = 0; crash < 6; crash++) {
      await app.settled({ running: 8 });
      await app.crash();
      await app.restart();
    }
    expect(readdirSync(datadir)).toEqual([]);
    await app.crash();
    expect(app.deadLetters()).toEqual([]);
    expect(begun.filter((order) => order === 'poison').length).toBeGreaterThanOrEqual(6);
  });
});

describe('an event that fails and waits for its retry', () => {
  const waiting = { errors: { retry: { attempts: 3, backoff: '10s' } } } as const;

  /** Fails until it is told otherwise. */
  async function fail(order: string): Promise<void> {
    begun.push(order);
    if (order === 'fails' && !isMended) throw new Error('not yet');
    done.push(order);
  }

  @App({ id: 'one', ...waiting })
  class OneAtATime {
    @Handler(orders)
    async handle(order: string): Promise<void> {
      await fail(order);
    }
  }

  @App({ id: 'keys', ...waiting, guarantee: 'exactly-once' })
  class ByKey {
    @Handler(orders, { concurrency: { by: 'key', max: 8 } })
    async handle(order: string): Promise<void> {
      await fail(order);
    }
  }

  @App({ id: 'arrays', ...waiting, guarantee: 'exactly-once' })
  class Arrays {
    @Handler(orders, { batch: { max: 5 } })
    async handle(some: string[]): Promise<void> {
      for (const order of some) await fail(order);
    }
  }

  @App({ id: 'loop', ...waiting })
  class Loop {
    @Agent(orders)
    async handle(stream: Stream<string>): Promise<void> {
      for await (const order of stream) await fail(order);
    }
  }

  let isMended: boolean;
  beforeEach(() => {
    isMended = false;
  });

  // It was noted as running alone while it waited: at the third kill it was set aside.
  test.each([
    ['one event at a time', OneAtATime],
    ['events by key', ByKey],
    ['arrays', Arrays],
    ['a loop', Loop],
  ])('is not in hand when the process is killed meanwhile, for %s', async (_, shape) => {
    await start(shape);
    await app.send(orders, { key: 'fails', value: 'fails', partition: 0 });
    for (let crash = 0; crash < 6; crash++) {
      await app.settled();
      await app.crash();
      await app.restart();
    }
    await app.settled();
    expect(app.deadLetters()).toEqual([]);
    isMended = true;
    await app.advance('10s');
    expect(done).toEqual(['fails']);
  });

  test('keeps no other isolated event from its try', async () => {
    await start(OneAtATime);
    await app.send(
      orders,
      [0, 1].map((partition) => ({ key: 'fails', value: 'fails', partition })),
    );
    for (let crash = 0; crash < 3; crash++) {
      await app.settled();
      await app.crash();
      begun = [];
      await app.restart();
    }
    await app.settled();
    expect(begun).toEqual(['fails', 'fails']);
  });
});

describe('isolated events that take their time, with exactly once', () => {
  @App({ id: 'slowly', guarantee: 'exactly-once', drainTimeout: '30s' })
  class Slowly {
    constructor(@Inject(CLOCK) private readonly clock: Clock) {}

    @Handler(orders, { concurrency: { by: 'key', max: 16 } })
    async handle(order: string): Promise<void> {
      begun.push(order);
      await this.clock.sleep(5_000);
      done.push(order);
    }
  }

  // A transaction waited until all had had their turn, one after another: longer than drainTimeout, which ended the worker, and the next one as well.
  test('hold up no commit while they wait for their turn', async () => {
    await start(Slowly);
    await app.send(
      orders,
      Array.from({ length: 16 }, (_, index) => ({ key: `${index}`, value: `${index}`, partition: 0 })),
    );
    for (let crash = 0; crash < 2; crash++) {
      await app.settled();
      await app.crash();
      await app.restart();
    }
    begun = [];
    await app.crash();
    await app.restart();
    await app.advance('2m');
    expect(app.committed(orders)).toBe(16);
    expect(begun).toHaveLength(16);
  });
});

describe('workers that are killed for other reasons', () => {
  test('set nothing aside, however often it happens', async () => {
    await start(ByKey);
    for (let round = 0; round < 12; round++) {
      await app.send(
        orders,
        Array.from({ length: 5 }, (_, index) => ({ key: `k${index}`, value: `${round}-${index}`, partition: index % 2 })),
      );
      await app.settled();
      await app.crash();
      await app.restart();
    }
    await app.settled();
    expect(app.deadLetters()).toEqual([]);
    expect(new Set(done).size).toBe(60);
  });

  test('leave nothing on disk when they stop in order', async () => {
    await start(OneAtATime);
    await app.send(orders, [{ key: 'a', value: 'a' }]);
    await app.settled();
    await app.stop();
    expect(existsSync(datadir)).toBe(false);
  });
});

describe('loops whose events were in hand at two crashes, with exactly once', () => {
  const inputs = topic('inputs', { key: 'string', value: 'string', partitions: 2 });
  const outputs = topic('outputs', { key: 'string', value: 'string', partitions: 2 });

  let datadir: string;
  beforeEach(() => {
    datadir = mkdtempSync(path.join(tmpdir(), 'weir-'));
  });
  afterEach(() => rmSync(datadir, { recursive: true, force: true }));

  @App({ id: 'loops', guarantee: 'exactly-once', drainTimeout: '30s' })
  class Loops {
    constructor(@Inject(CLOCK) private readonly clock: Clock) {}

    @Agent(inputs, { sinks: [outputs] })
    async *take(stream: Stream<string>): AsyncIterable<string> {
      for await (const value of stream) {
        await this.clock.sleep(150);
        yield value;
      }
    }
  }

  // Each waited for its turn to run alone, the commit for all of them, and the first of them for the commit.
  it('come to their end, one after another', async () => {
    app = await TestApp.start(Loops, { overrides: { datadir } });
    await app.send(
      inputs,
      Array.from({ length: 20 }, (_, index) => ({ key: `${index}`, value: `${index}`, partition: index % 2 })),
    );
    for (let crash = 0; crash < 2; crash++) {
      await app.settled();
      await app.crash();
      await app.restart();
    }
    await app.advance('1m');
    expect(app.sent(outputs)).toHaveLength(20);
    expect([0, 1].map((partition) => app.committed(inputs, partition))).toEqual([10, 10]);
  });
});
