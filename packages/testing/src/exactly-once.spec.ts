import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent, App, Handler, Inject, json, type Stream, type Topic, topic } from '@weir/core';
import { pino } from 'pino';
import { TestApp } from './index.js';

interface Order {
  readonly id: number;
}
const orders = topic('orders', { value: json<Order>() });
const invoices = topic('invoices', { value: json<Order>() });

@App({ id: 'exact', guarantee: 'exactly-once', errors: { retry: { attempts: 2, backoff: '1s' } } })
class Exact {
  tries = 0;
  constructor(@Inject(invoices) private readonly out: Topic<string, Order>) {}

  @Handler(orders)
  invoice({ id }: Order): void {
    this.out.sendSoon({ key: `${id}`, value: { id } });
    if (id === 13) {
      this.tries++;
      throw new Error('unlucky');
    }
  }
}

@App({ id: 'exact-stream', guarantee: 'exactly-once', errors: { retry: { attempts: 1, backoff: '1s' } } })
class ExactStream {
  @Agent(orders, { sinks: [invoices] })
  async *invoice(stream: Stream<Order>): AsyncIterable<Order> {
    for await (const { id } of stream) {
      yield { id };
      if (id === 13) throw new Error('unlucky after yielding');
    }
  }
}

@App({ id: 'exact-held', guarantee: 'exactly-once' })
class Held {
  release = () => {};
  constructor(@Inject(invoices) private readonly out: Topic<string, Order>) {}

  @Handler(orders)
  async invoice({ id }: Order): Promise<void> {
    this.out.sendSoon({ key: `${id}`, value: { id } });
    if (id === 2)
      await new Promise<void>((resolve) => {
        this.release = resolve;
      });
  }
}

@App({ id: 'exact-late', guarantee: 'exactly-once' })
class Late {
  release = () => {};
  constructor(@Inject(invoices) private readonly out: Topic<string, Order>) {}

  @Handler(orders)
  async invoice({ id }: Order): Promise<void> {
    await new Promise<void>((resolve) => {
      this.release = resolve;
    });
    this.out.sendSoon({ key: `${id}`, value: { id } });
  }
}

@App({ id: 'exact-slow', guarantee: 'exactly-once', drainTimeout: '2s' })
class Slow {
  @Handler(orders)
  invoice(): Promise<void> {
    return new Promise(() => {});
  }
}

@App({ id: 'exact-taking', guarantee: 'exactly-once', drainTimeout: '2s' })
class Taking {
  @Agent(orders, { sinks: [invoices] })
  async *invoice(stream: Stream<Order>): AsyncIterable<Order> {
    for await (const some of stream.take(2, '1m')) yield { id: some.reduce((sum, { id }) => sum + id, 0) };
  }
}

@App({ id: 'exact-arrays', guarantee: 'exactly-once' })
class Arrays {
  readonly seen: number[] = [];
  release = () => {};

  @Handler(orders, { batch: { max: 2, within: '10s' } })
  async invoice(some: Order[]): Promise<void> {
    this.seen.push(some.length);
    if (some.length === 2) await new Promise<void>((resolve) => Object.assign(this, { release: resolve }));
  }
}

@App({ id: 'exact-zombie', guarantee: 'exactly-once', errors: { retry: { attempts: 0 } } })
class Zombie {
  wake = () => {};
  thrown: unknown;
  constructor(@Inject(invoices) private readonly out: Topic<string, Order>) {}

  @Handler(orders, { handlerTimeout: '5s' })
  async invoice({ id }: Order): Promise<void> {
    await new Promise<void>((resolve) => {
      this.wake = resolve;
    });
    try {
      this.out.sendSoon({ key: 'late', value: { id } });
    } catch (error) {
      this.thrown = error;
    }
  }
}

let app: TestApp;
afterEach(() => app?.stop());
const ids = () => app.sent(invoices).map(({ value }) => value.id);
const order = (id: number) => ({ key: `${id % 5}`, value: { id } });

describe('exactly once', () => {
  it('shows outputs only together with the offsets of what they came from', async () => {
    app = await TestApp.start(Exact, { partitions: 2 });
    await app.send(orders, [1, 2, 3, 4].map(order));
    await app.settled();
    expect(ids().sort()).toEqual([1, 2, 3, 4]);
    expect(app.committed(orders, 0) + app.committed(orders, 1)).toBeGreaterThanOrEqual(4);
  });

  it('undoes what a failed try has sent before it tries again', async () => {
    app = await TestApp.start(Exact);
    await app.send(orders, [1, 13, 2].map(order));
    await app.settled();
    await app.advance('10s');
    expect(app.get(Exact).tries).toBe(3);
    expect(ids()).toEqual([1, 2]);
    expect(app.deadLetters()).toMatchObject([{ offset: 1, attempts: 3 }]);
    expect(app.committed(orders)).toBeGreaterThanOrEqual(3);
  });

  it('undoes what an agent has yielded for an event that it fails on', async () => {
    app = await TestApp.start(ExactStream);
    await app.send(orders, [1, 13, 2].map(order));
    await app.settled();
    await app.advance('10s');
    expect(ids()).toEqual([1, 2]);
    expect(app.deadLetters()).toMatchObject([{ offset: 1, attempts: 2 }]);
  });

  it('repeats no output when a worker crashes before its transaction is committed', async () => {
    app = await TestApp.start(Held);
    await app.send(orders, [1, 2].map(order));
    await app.settled({ running: 1 });
    expect(ids()).toEqual([]);
    await app.crash();
    await app.restart();
    await app.settled({ running: 1 });
    app.get(Held).release();
    await app.settled();
    expect(ids()).toEqual([1, 2]);
  });

  // Its transactions used to be undone and begun again for ever, in silence.
  it('ends the worker when a handler takes longer than a transaction may wait', async () => {
    app = await TestApp.start(Slow);
    await app.send(orders, order(1));
    await app.settled({ running: 1 });
    const ended = expect(app.advance('10s', { running: 1 })).rejects;
    await ended.toMatchObject({
      code: 'TRANSACTION_ABORTED',
      message: expect.stringContaining('Slow.invoice on orders[0]@0 did not come to an end within 2 s'),
    });
  });

  it('says what a transaction waits for that takes long', async () => {
    const lines: string[] = [];
    const logger = pino({ level: 'warn' }, { write: (line) => lines.push((JSON.parse(line) as { readonly msg: string }).msg) });
    app = await TestApp.start(Held, { overrides: { logger } });
    await app.send(orders, order(2));
    await app.settled({ running: 1 });
    await app.advance('15s', { running: 1 });
    expect(lines).toEqual(['the transaction is not done after 10 s: waiting until handlers come to rest']);
    app.get(Held).release();
    await app.settled();
    expect(ids()).toEqual([2]);
  });

  it('ends the worker when a transaction stands still', async () => {
    app = await TestApp.start(Late);
    await app.send(orders, order(1));
    await app.settled({ running: 1 });
    app.broker.faults.delayProduce(3_600_000);
    app.get(Late).release();
    await expect(app.advance('5m')).rejects.toMatchObject({
      code: 'TRANSACTION_ABORTED',
      message: expect.stringContaining('stands still: waiting until what was sent is acknowledged'),
    });
  });

  it('commits what is done while a stream still gathers', async () => {
    app = await TestApp.start(Taking);
    await app.send(orders, [1, 2, 3].map(order));
    await app.advance('30s');
    expect(ids()).toEqual([3]);
    expect(app.committed(orders)).toBe(2);
    await app.advance('1m');
    expect(ids()).toEqual([3, 3]);
    expect(app.committed(orders)).toBeGreaterThanOrEqual(3);
  });

  // What it sent after its time used to be committed with the next transaction.
  // Its time began afresh: it came after 20 s.
  it('runs an array that became due meanwhile, as soon as there is a transaction for it', async () => {
    app = await TestApp.start(Arrays, { partitions: 2 });
    await app.send(orders, [
      { partition: 0, value: { id: 1 } },
      { partition: 0, value: { id: 2 } },
      { partition: 1, value: { id: 3 } },
    ]);
    await app.advance('11s', { running: 1 });
    expect(app.get(Arrays).seen).toEqual([2]);
    app.get(Arrays).release();
    await app.settled();
    expect(app.get(Arrays).seen).toEqual([2, 1]);
  });

  it('refuses what a handler sends after it ran out of its time', async () => {
    app = await TestApp.start(Zombie);
    await app.send(orders, order(1));
    await app.settled({ running: 1 });
    await app.advance('10s', { running: 1 });
    expect(app.deadLetters()).toMatchObject([{ error: { code: 'HANDLER_TIMEOUT' }, attempts: 1 }]);
    app.get(Zombie).wake();
    await app.settled();
    expect(app.get(Zombie).thrown).toMatchObject({ code: 'LIFECYCLE_ORDER' });
    expect(ids()).toEqual([]);
  });

  it('begins again when a transaction cannot be committed', async () => {
    app = await TestApp.start(Exact);
    app.broker.faults.failProduce(1);
    const second = app.send(orders, [7].map(order)).catch(() => app.send(orders, [7].map(order)));
    await second;
    await app.settled();
    app.broker.faults.failProduce(1);
    await app.send(orders, [8].map(order)).catch(() => app.send(orders, [8].map(order)));
    await app.settled();
    expect(ids().sort()).toEqual([7, 8]);
  });
});

describe('exactly once, when the broker does not play along', () => {
  const inputs = topic('inputs', { value: 'string' });
  const outputs = topic('outputs', { value: 'string' });

  @App({ id: 'upper', guarantee: 'exactly-once', member: 'm' })
  class Upper {
    fails = 1;

    @Handler(inputs, { sinks: [outputs] })
    take(value: string): string {
      if (value === 'bad' && this.fails-- > 0) throw new Error('once');
      return value.toUpperCase();
    }
  }

  const turns = async () => {
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  };

  // The first abort or commit that was not answered ended the worker.
  it.each([0, 20, 90, 110])('waits for one that goes away %i ms after the first event', async (ms) => {
    app = await TestApp.start(Upper);
    await app.send(inputs, { value: 'bad' });
    await turns();
    app.clock.advanceTo(app.clock.now() + ms);
    await turns();
    await app.send(inputs, { value: 'good' });
    await turns();
    app.broker.faults.down();
    await app.advance('10m', { running: 2 });
    app.broker.faults.up();
    await app.advance('10s');
    expect(app.sent(outputs).map(({ value }) => value)).toEqual(['BAD', 'GOOD']);
    expect(app.committed(inputs)).toBe(2);
  });

  it('shows the output of a message once that is delivered again', async () => {
    app = await TestApp.start(Upper);
    app.broker.faults.duplicate(1);
    await app.send(inputs, { value: 'good' });
    await app.settled();
    await app.send(inputs, { value: 'more' });
    await app.settled();
    expect(app.sent(outputs).map(({ value }) => value)).toEqual(['GOOD', 'MORE']);
  });

  @App({ id: 'exact-waiting', guarantee: 'exactly-once', drainTimeout: '2s', commitInterval: '100ms' })
  class Waiting {
    constructor(@Inject(outputs) private readonly out: Topic<string, string>) {}

    @Handler(inputs)
    async take(value: string): Promise<void> {
      await this.out.send({ value });
      await this.out.send({ value: value.toUpperCase() });
    }
  }

  // One that answered just when the time of the handlers was over left them none for what they had waited for: the worker ended.
  it.each([1_000, 1_900, 2_200, 3_000, 4_000, 10_000])(
    'gives handlers their time once it has taken what they sent, after %i ms',
    async (ms) => {
      app = await TestApp.start(Waiting);
      await app.send(inputs, { value: 'good' });
      app.broker.faults.delayProduce(ms);
      await app.advance('30s');
      expect(app.sent(outputs).map(({ value }) => value)).toEqual(['good', 'GOOD']);
      expect(app.committed(inputs)).toBe(1);
    },
  );

  // It was blamed on the dead-letter topic.
  it('says that another worker has taken over, also where an event is set aside', async () => {
    app = await TestApp.start(Upper);
    app.broker.faults.fenceProducer('upper-m');
    await app.send(inputs, { value: Buffer.from([0xff]) });
    await expect(app.advance('5s')).rejects.toMatchObject({ code: 'PRODUCER_FENCED' });
  });
});

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

describe('a message that cannot be decoded', () => {
  const inputs = topic('inputs', { value: json<number>() });
  const remarks = topic('remarks', { value: 'string' });

  @App({ id: 'undecodable', guarantee: 'exactly-once' })
  class Undecodable {
    constructor(@Inject(remarks) readonly notes: Topic<string, string>) {}

    @Handler(inputs, { batch: { max: 3, within: '10ms' } })
    arrays(): void {}

    @Agent(inputs)
    async loop(stream: Stream<number>): Promise<void> {
      for await (const _ of stream);
    }
  }

  // Where anything had been sent outside of a handler, its transaction was aborted and begun again for ever.
  it('is set aside, also where a service has sent something', async () => {
    app = await TestApp.start(Undecodable);
    await app.get(Undecodable).notes.send({ key: 'service', value: 'before' });
    await app.send(inputs, { value: Buffer.from('{') });
    await app.advance('5s');
    expect(app.deadLetters().map(({ agent, attempts }) => [agent, attempts])).toEqual(
      expect.arrayContaining([
        ['Undecodable.arrays', 1],
        ['Undecodable.loop', 1],
      ]),
    );
    expect(app.deadLetters()).toHaveLength(2);
    expect(app.committed(inputs)).toBe(1);
  });
});

describe('a message that the broker never takes', () => {
  const inputs = topic('inputs', { key: 'string', value: 'string', partitions: 2 });
  const outputs = topic('outputs', { key: 'string', value: 'string', partitions: 2 });
  const options = { guarantee: 'exactly-once', errors: { retry: { attempts: 1, backoff: '1s' } } } as const;

  @App({ id: 'refused-serial', ...options })
  class Serial {
    @Handler(inputs, { sinks: [outputs] })
    take(value: string): string {
      return value;
    }
  }

  @App({ id: 'refused-keyed', ...options })
  class Keyed {
    @Handler(inputs, { concurrency: { by: 'key', max: 4 }, sinks: [outputs] })
    async take(value: string): Promise<string> {
      return value;
    }
  }

  @App({ id: 'refused-arrays', ...options })
  class Arrays {
    constructor(@Inject(outputs) private readonly out: Topic<string, string>) {}

    @Handler(inputs, { batch: { max: 3, within: '10ms' } })
    take(values: string[]): void {
      for (const value of values) this.out.sendSoon({ key: value, value });
    }
  }

  @App({ id: 'refused-loop', ...options })
  class Loop {
    @Agent(inputs, { sinks: [outputs] })
    async *take(stream: Stream<string>): AsyncIterable<string> {
      for await (const value of stream) yield value;
    }
  }

  @App({ id: 'refused-tolerant', ...options })
  class Tolerant {
    constructor(@Inject(outputs) private readonly out: Topic<string, string>) {}

    @Handler(inputs)
    async take(value: string): Promise<void> {
      await this.out.send({ key: value, value }).catch(() => undefined);
    }
  }

  // Its transaction used to be aborted and begun again for ever: nothing was committed any more.
  it.each([
    ['one event at a time', Serial],
    ['many keys at once', Keyed],
    ['arrays', Arrays],
    ['a loop', Loop],
    ['a handler that does not mind', Tolerant],
  ])('sets its event aside, and no other: %s', async (_, shape) => {
    app = await TestApp.start(shape);
    app.broker.faults.failProduce(({ topic: to, value }) => to === 'outputs' && String(value) === 'bad');
    const all = ['a', 'b', 'bad', 'c', 'd'].map((value, index) => ({ key: value, value, partition: index % 2 }));
    await app.send(inputs, all);
    await app.advance('30s');
    expect(app.deadLetters().map(({ value, attempts, error }) => [String(value), attempts, error.code])).toEqual([
      ['bad', 2, 'DELIVERY_FAILED'],
    ]);
    const out = app.sent(outputs).map(({ value }) => value);
    expect(out.sort()).toEqual(['a', 'b', 'c', 'd']);
    expect([app.committed(inputs, 0), app.committed(inputs, 1)]).toEqual([3, 2]);
  });
});

describe('a retry that waits longer than handlers may take', () => {
  const slowly = { retry: { attempts: 2, backoff: '20s', jitter: 0 } } as const;
  const inputs = topic('inputs', { key: 'string', value: 'string', partitions: 2 });
  const outputs = topic('outputs', { key: 'string', value: 'string', partitions: 2 });
  const options = { guarantee: 'exactly-once', drainTimeout: '2s', errors: slowly } as const;
  const work = (value: string): string => {
    if (value === 'bad') throw new Error('always');
    return value.toUpperCase();
  };

  @App({ id: 'slow-serial', ...options })
  class Serial {
    @Handler(inputs, { sinks: [outputs] })
    take(value: string): string {
      return work(value);
    }
  }

  @App({ id: 'slow-keyed', ...options })
  class Keyed {
    @Handler(inputs, { concurrency: { by: 'key', max: 4 }, sinks: [outputs] })
    async take(value: string): Promise<string> {
      return work(value);
    }
  }

  @App({ id: 'slow-arrays', ...options })
  class Arrays {
    @Handler(inputs, { batch: { max: 1 }, sinks: [outputs] })
    take(values: string[]): string[] {
      return values.map(work);
    }
  }

  @App({ id: 'slow-loop', ...options })
  class Loop {
    @Agent(inputs, { sinks: [outputs] })
    async *take(stream: Stream<string>): AsyncIterable<string> {
      for await (const value of stream) yield work(value);
    }
  }

  const send = (value: string, partition: number) => ({ key: value, value, partition });

  it.each([
    ['one event at a time', Serial],
    ['many keys at once', Keyed],
    ['arrays', Arrays],
    ['a loop', Loop],
  ])('does not hold up the other partitions, and comes to its end: %s', async (_, shape) => {
    app = await TestApp.start(shape);
    await app.send(inputs, [send('a', 0), send('bad', 0), send('b', 0), send('c', 1)]);
    await app.advance('5s');
    expect(app.sent(outputs).map(({ value }) => value)).toEqual(expect.arrayContaining(['A', 'C']));
    await app.send(inputs, [send('d', 1)]);
    await app.advance('5s');
    expect(app.committed(inputs, 1)).toBe(2);
    await app.advance('1m');
    expect(app.deadLetters().map(({ value, attempts }) => [String(value), attempts])).toEqual([['bad', 3]]);
    expect(
      app
        .sent(outputs)
        .map(({ value }) => value)
        .sort(),
    ).toEqual(['A', 'B', 'C', 'D']);
    expect(app.committed(inputs, 0)).toBe(3);
  });

  it('does not hold up other keys, and what they did is not repeated after a crash', async () => {
    app = await TestApp.start(Keyed);
    await app.send(inputs, [send('a', 0), send('bad', 0), send('b', 0), { ...send('bad', 0), value: 'behind' }, send('c', 0)]);
    await app.advance('5s');
    expect(app.sent(outputs).map(({ value }) => value)).toEqual(['A', 'B', 'C']);
    expect(app.committed(inputs)).toBe(1);
    await app.send(inputs, [send('d', 0)]);
    await app.advance('5s');
    await app.crash();
    await app.restart();
    await app.advance('2m');
    expect(app.deadLetters().map(({ value }) => String(value))).toEqual(['bad']);
    expect(app.sent(outputs).map(({ value }) => value)).toEqual(['A', 'B', 'C', 'D', 'BEHIND']);
    expect(app.committed(inputs)).toBe(6);
  });

  let runs: string[] = [];

  @App({ id: 'counted', ...options, commitInterval: '10s' })
  class Counted {
    @Handler(inputs, { concurrency: { by: 'key', max: 4 }, sinks: [outputs] })
    async take(value: string): Promise<string> {
      runs.push(value);
      return work(value);
    }
  }

  // The transaction was undone at every hand-over and stop while a retry waited: all since the last commit ran again.
  it.each([
    ['a hand-over', () => app.join()],
    ['a restart', () => app.restart()],
  ])('has no other event run again at %s', async (_, happens) => {
    runs = [];
    app = await TestApp.start(Counted);
    await app.send(inputs, [send('a', 0), send('bad', 0), send('b', 0), { ...send('bad', 0), value: 'behind' }, send('c', 1)]);
    await app.settled();
    await happens();
    await app.advance('2m');
    expect(runs.filter((value) => value !== 'bad').sort()).toEqual(['a', 'b', 'behind', 'c']);
    expect(
      app
        .sent(outputs)
        .map(({ value }) => value)
        .sort(),
    ).toEqual(['A', 'B', 'BEHIND', 'C']);
    expect(app.committed(inputs)).toBe(4);
  });

  @App({ id: 'far', ...options, errors: { retry: { attempts: 1, backoff: '10m', jitter: 0 } } })
  class Far {
    @Handler(inputs, { concurrency: { by: 'key', max: 4, maxAhead: 10_000 }, sinks: [outputs] })
    async take(value: string): Promise<string> {
      return work(value);
    }
  }

  it('lets others go as far ahead as a commit can note, also after a restart', async () => {
    app = await TestApp.start(Far);
    const numbers = Array.from({ length: 4_500 }, (_, index) => send(`${index}`, 0));
    await app.send(inputs, [send('bad', 0), ...numbers]);
    await app.advance('5s');
    expect(app.sent(outputs)).toHaveLength(3_999);
    await app.crash();
    await app.restart();
    await app.advance('5s');
    expect(app.sent(outputs)).toHaveLength(3_999);
    await app.advance('11m');
    expect(new Set(app.sent(outputs).map(({ value }) => value)).size).toBe(4_500);
    expect(app.sent(outputs)).toHaveLength(4_500);
    expect(app.committed(inputs)).toBe(4_501);
  }, 60_000);

  it('is handed over with what went on beyond it', async () => {
    app = await TestApp.start(Keyed);
    await app.send(inputs, [send('bad', 0), send('b', 0), send('bad', 1), send('c', 1)]);
    await app.advance('5s');
    await app.join();
    await app.advance('2m');
    expect(app.deadLetters()).toHaveLength(2);
    expect(
      app
        .sent(outputs)
        .map(({ value }) => value)
        .sort(),
    ).toEqual(['B', 'C']);
  });
});

describe('an event that fails again and again, having sent something', () => {
  const inputs = topic('inputs', { key: 'string', value: 'string', partitions: 2 });
  const outputs = topic('outputs', { key: 'string', value: 'string', partitions: 2 });
  const options = { guarantee: 'exactly-once', errors: { retry: { attempts: 4, backoff: '5ms' } } } as const;

  let waits: boolean;

  class Work {
    readonly runs = new Map<string, number>();
    constructor(@Inject(outputs) private readonly out: Topic<string, string>) {}

    do(value: string): void {
      this.runs.set(value, (this.runs.get(value) ?? 0) + 1);
      if (waits) void this.out.send({ key: value, value });
      else this.out.sendSoon({ key: value, value });
      if (value === 'bad') throw new Error('always');
    }
  }

  @App({ id: 'undone-serial', ...options })
  class Serial extends Work {
    @Handler(inputs)
    take(value: string): void {
      this.do(value);
    }
  }

  @App({ id: 'undone-keyed', ...options })
  class Keyed extends Work {
    @Handler(inputs, { concurrency: { by: 'key', max: 4 } })
    async take(value: string): Promise<void> {
      this.do(value);
    }
  }

  @App({ id: 'undone-arrays', ...options })
  class Arrays extends Work {
    @Handler(inputs, { batch: { max: 3 } })
    take(values: string[]): void {
      for (const value of values) this.do(value);
    }
  }

  @App({ id: 'undone-loop', ...options })
  class Loop extends Work {
    @Agent(inputs)
    async take(stream: Stream<string>): Promise<void> {
      for await (const value of stream) this.do(value);
    }
  }

  const others = Array.from({ length: 8 }, (_, index) => `${index}`);
  const outcome = () => ({
    setAside: app.deadLetters().map(({ value }) => String(value)),
    out: app
      .sent(outputs)
      .map(({ value }) => value)
      .sort(),
  });

  async function live(shape: new (...args: never[]) => Work): Promise<number> {
    app = await TestApp.start(shape);
    await app.send(
      inputs,
      ['bad', ...others].map((value, index) => ({ key: value, value, partition: index % 2 })),
    );
    await app.advance('30s');
    const { runs } = app.get<Work>(shape);
    return Math.max(...others.map((value) => runs.get(value) ?? 0));
  }

  const shapes = [
    ['one event at a time', Serial],
    ['many keys at once', Keyed],
    ['arrays', Arrays],
    ['a loop', Loop],
  ] as const;

  // Each of its tries undid everything since the last commit, which did not come in between: with some of them about, nothing was committed any more.
  it.each(shapes)('has others run again at most once where somebody may wait for it: %s', async (_, shape) => {
    waits = true;
    expect(await live(shape)).toBeLessThanOrEqual(2);
    expect(outcome()).toEqual({ setAside: ['bad'], out: others });
  });

  it.each(shapes)('has no other run again where nobody does: %s', async (_, shape) => {
    waits = false;
    expect(await live(shape)).toBe(1);
    expect(outcome()).toEqual({ setAside: ['bad'], out: others });
  });
});
