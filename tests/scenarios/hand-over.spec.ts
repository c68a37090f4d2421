import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Agent, App, CLOCK, type Clock, Handler, Inject, type Stream, type Topic, topic } from '@weir/core';
import { TestApp } from '@weir/testing';
import { turns } from './gates.fixture.js';
import { invoices, type Order, order, orders } from './orders.fixture.js';

let app: TestApp;
afterEach(() => app?.stop());
const inputs = topic('inputs', { key: 'string', value: 'string', partitions: 2 });
const outputs = topic('outputs', { value: 'string' });
const send = (value: string, partition = 0) => ({ key: value, value, partition });
const shown = () => app.sent(outputs).map(({ value }) => value);

describe('a partition that changes hands, at least once', () => {
  const inputs = topic('inputs', { value: 'string' });
  const retry = { attempts: 3, backoff: '1s', jitter: 0 } as const;

  /** What came to its end, once for each time. */
  let done: string[];
  let failed: string[];

  /** One agent is done with everything while the other has hardly begun. */
  @App({ id: 'two' })
  class Two {
    constructor(@Inject(CLOCK) private readonly clock: Clock) {}

    @Handler(inputs)
    quick(value: string): void {
      done.push(`quick ${value}`);
    }

    @Handler(inputs)
    async slow(value: string): Promise<void> {
      await this.clock.sleep(300);
      done.push(`slow ${value}`);
    }
  }

  function once(value: string): void {
    if (value === 'a' && !failed.includes(value)) {
      failed.push(value);
      throw new Error('once');
    }
    done.push(value);
  }

  @App({ id: 'keyed', errors: { retry } })
  class Keyed {
    @Handler(inputs, { concurrency: { by: 'key', max: 4 } })
    take(value: string): void {
      once(value);
    }
  }

  @App({ id: 'ordered', errors: { retry: { ...retry, order: 'key' } } })
  class Ordered {
    @Handler(inputs)
    take(value: string): void {
      once(value);
    }
  }

  @App({ id: 'far', errors: { retry } })
  class Far {
    @Handler(inputs, { concurrency: { by: 'key', max: 4, maxAhead: 20_000 } })
    take(value: string): void {
      once(value);
    }
  }

  beforeEach(() => {
    done = [];
    failed = [];
  });
  afterEach(() => app.stop());

  const ways: readonly [string, () => Promise<unknown>][] = [
    ['a restart', () => app.restart()],
    ['a revoke', async () => app.broker.faults.revokeNow([{ topic: 'inputs', partition: 0 }])],
    ['one that joins and one that leaves', () => app.join().then((other) => app.restart().then(() => other.stop()))],
  ];
  const shapes: readonly [string, new (...args: never[]) => object, string[]][] = [
    ['two agents of one topic', Two, ['a', 'b', 'c'].flatMap((value) => [`quick ${value}`, `slow ${value}`])],
    ['many keys, one of which waits for its retry', Keyed, ['a', 'b', 'c']],
    ['retries in order of their keys', Ordered, ['a', 'b', 'c']],
  ];

  it.each(
    shapes.flatMap(([shape, appClass, expected]) => ways.map(([way, happens]) => [shape, way, appClass, happens, expected] as const)),
  )('repeats nothing of %s over %s', async (_shape, _way, appClass, happens, expected) => {
    app = await TestApp.start(appClass);
    await app.send(
      inputs,
      ['a', 'b', 'c'].map((value) => ({ key: value, value })),
    );
    await turns(20);
    await happens();
    await app.advance('10s');
    expect(done.sort()).toEqual([...expected].sort());
    expect(app.committed(inputs)).toBe(3);
  });

  it('repeats only what was not committed when a worker is killed', async () => {
    app = await TestApp.start(Keyed);
    await app.send(
      inputs,
      ['a', 'b', 'c'].map((value) => ({ key: value, value })),
    );
    await app.settled();
    await app.crash();
    await app.restart();
    await app.advance('10s');
    expect(done).toEqual(['b', 'c', 'a']);
  });

  it('loses nothing when more is done beyond a retry than can be noted', async () => {
    app = await TestApp.start(Far);
    const values = ['a', ...Array.from({ length: 5_000 }, (_, index) => `${index}`)];
    await app.send(
      inputs,
      values.map((value) => ({ key: value, value })),
    );
    await app.settled();
    await app.restart();
    await app.advance('10s');
    expect(new Set(done)).toEqual(new Set(values));
    expect(done).toHaveLength(values.length + 1_001);
    expect(app.committed(inputs)).toBe(values.length);
  }, 60_000);
});

describe('an array whose transaction is undone while its partition is handed over, with exactly once', () => {
  const slow = topic('slow', { value: 'string' });

  @App({
    ...{ id: 'array-handed-over', guarantee: 'exactly-once', commitInterval: '200ms' },
    errors: { retry: { attempts: 3, backoff: '150ms', jitter: 0 } },
  })
  class Arrays {
    tries = 0;
    laterTries = 0;
    waits = 0;
    release = () => {};
    constructor(@Inject(outputs) readonly out: Topic<string, string>) {}

    @Handler(inputs, { batch: { max: 4 } })
    take(values: string[]): void {
      if (values.includes('later') && this.laterTries++ < 2) throw new Error('twice');
      if (values.includes('bad') && this.tries < 2) {
        if (++this.tries === 2) void this.out.send({ value: 'half' });
        throw new Error('twice');
      }
      for (const value of values) this.out.sendSoon({ value });
    }

    /** Keeps the transaction open, which has to wait for it. */
    @Handler(slow)
    wait(): Promise<void> | undefined {
      if (this.waits++ > 0) return undefined;
      return new Promise((resolve) => {
        this.release = resolve;
      });
    }
  }

  // Only the first event of the array was finished when it came back to the worker that had tried it before.
  it('shows its outputs once when it comes back', async () => {
    app = await TestApp.start(Arrays);
    await app.send(
      inputs,
      ['a', 'bad', 'b', 'c'].map((value) => send(value)),
    );
    await turns(20);
    await app.send(slow, { value: 'wait' });
    await turns(20);
    app.clock.advanceTo(app.clock.now() + 160);
    await turns(20);
    expect(app.get(Arrays).tries).toBe(2);
    app.broker.faults.revokeNow([{ topic: 'inputs', partition: 0 }]);
    await turns(20);
    await app.send(
      inputs,
      ['later', 'd', 'e', 'f'].map((value) => send(value)),
    );
    app.get(Arrays).release();
    await app.advance('10s');
    expect(shown().sort()).toEqual(['a', 'b', 'bad', 'c', 'd', 'e', 'f', 'later']);
    expect(app.committed(inputs)).toBe(8);
  });
});

describe('a partition that comes while a transaction is committed', () => {
  @App({ id: 'comes-meanwhile', guarantee: 'exactly-once', errors: { retry: { attempts: 3, backoff: '50ms', jitter: 0 } } })
  class Halves {
    calls = 0;
    failures = 0;
    release = () => {};
    constructor(@Inject(outputs) readonly out: Topic<string, string>) {}

    @Handler(inputs)
    take(value: string): Promise<void> | undefined {
      if (this.calls++ > 0) return this.pass(value);
      return new Promise<void>((resolve) => {
        this.release = resolve;
      }).then(() => this.pass(value));
    }

    pass(value: string): undefined {
      if (value === 'bad' && this.failures++ === 0) {
        void this.out.send({ value: 'half' });
        throw new Error('once');
      }
      this.out.sendSoon({ value });
    }
  }

  // That the commit failed hid that the next transaction was to hold something of a try that had failed.
  it('has nothing of its failed try shown, and goes on, though that fails', async () => {
    app = await TestApp.start(Halves);
    await app.send(inputs, send('good'));
    await app.settled({ running: 1 });
    // The broker takes a second for the output of the first.
    app.broker.faults.delayProduce(1_000);
    app.get(Halves).release();
    await app.advance('500ms');
    app.broker.faults.delayProduce(0);
    app.broker.faults.losePartition({ topic: 'inputs', partition: 0 });
    await app.send(inputs, send('bad'));
    await app.settled();
    expect([app.get(Halves).failures, shown()]).toEqual([1, []]);
    await app.advance('10s');
    expect(shown()).toEqual(['good', 'bad']);
    expect(app.committed(inputs)).toBe(2);
  });
});

describe('agents of one topic at different speeds, exactly once', () => {
  const inputs = topic('inputs', { key: 'string', value: 'string', partitions: 1 });
  const outputs = topic('outputs', { key: 'string', value: 'string', partitions: 1 });

  /** Agents of one topic that come on at different speeds. */
  @App({ id: 'uneven', guarantee: 'exactly-once' })
  class Uneven {
    constructor(
      @Inject(outputs) private readonly out: Topic<string, string>,
      @Inject(CLOCK) private readonly clock: Clock,
    ) {}

    @Handler(inputs, { sinks: [outputs] })
    fast(value: string): string {
      return `fast ${value}`;
    }

    @Handler(inputs, { sinks: [outputs] })
    async slow(value: string): Promise<string> {
      await this.clock.sleep(1_000);
      return `slow ${value}`;
    }

    @Handler(inputs, { batch: { max: 3, within: '5s' } })
    arrays(values: string[]): void {
      for (const value of values) this.out.sendSoon({ key: value, value: `array ${value}` });
    }

    @Agent(inputs, { sinks: [outputs] })
    async *loop(stream: Stream<string>): AsyncIterable<string> {
      for await (const value of stream) {
        await this.clock.sleep(300);
        yield `loop ${value}`;
      }
    }
  }
  const values = ['1', '2', '3', '4', '5', '6'];
  const all = ['array', 'fast', 'loop', 'slow'].flatMap((agent) => values.map((value) => `${agent} ${value}`));
  const out = () => app.sent(outputs).map(({ value }) => value);

  // The commit point is that of the slowest; what the others had done beyond it was repeated.
  it('repeat nothing when the worker is killed', async () => {
    app = await TestApp.start(Uneven);
    await app.send(
      inputs,
      values.map((value) => ({ key: value, value })),
    );
    for (let lives = 0; lives < 4; lives++) {
      await app.advance('1200ms', { running: 4 });
      await app.crash();
      await app.restart();
    }
    await app.advance('20s');
    expect(out().sort()).toEqual(all);
    expect(app.committed(inputs)).toBe(6);
  });

  it('repeat nothing when a transaction is aborted', async () => {
    app = await TestApp.start(Uneven);
    await app.send(
      inputs,
      values.map((value) => ({ key: value, value })),
    );
    await app.advance('1200ms', { running: 4 });
    app.broker.faults.dropCommits(1);
    await app.advance('20s');
    expect(out().sort()).toEqual(all);
  });

  it('repeat nothing when the partition moves to another worker', async () => {
    app = await TestApp.start(Uneven);
    await app.send(
      inputs,
      values.map((value) => ({ key: value, value })),
    );
    await app.advance('1200ms', { running: 4 });
    await app.join();
    app.broker.faults.revokeNow([{ topic: 'inputs', partition: 0 }]);
    await app.advance('20s');
    expect(out().sort()).toEqual(all);
  });
});

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
