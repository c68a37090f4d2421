import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent, App, CLOCK, type Clock, Handler, Inject, json, type Stream, type Topic, topic } from '@weir/core';
import { TestApp } from '@weir/testing';
import { invoices, type Order, order, orders } from './orders.fixture.js';

/** Takes no message without a key. */
const latest = topic('latest', { value: json<Order>(), cleanup: 'compact' });

/** How often each order was handled. */
class Runs {
  readonly of = new Map<number, number>();
  count(id: number): void {
    this.of.set(id, (this.of.get(id) ?? 0) + 1);
  }
}

@App({ id: 'handler', providers: [Runs] })
class Results {
  constructor(@Inject(Runs) readonly runs: Runs) {}
  @Handler(orders, { sinks: [latest] })
  take(order: Order): Order {
    this.runs.count(order.id);
    return order;
  }
}

@App({ id: 'soon', providers: [Runs] })
class SendsSoon {
  constructor(
    @Inject(Runs) readonly runs: Runs,
    @Inject(latest) readonly out: Topic<string, Order>,
  ) {}
  @Handler(orders)
  take(value: Order, { key }: { readonly key: string | null }): void {
    this.runs.count(value.id);
    this.out.sendSoon({ key, value });
  }
}

@App({ id: 'unseen', providers: [Runs] })
class SendsUnseen {
  constructor(
    @Inject(Runs) readonly runs: Runs,
    @Inject(latest) readonly out: Topic<string, Order>,
  ) {}
  @Handler(orders)
  take(value: Order, { key }: { readonly key: string | null }): void {
    this.runs.count(value.id);
    void this.out.send({ key, value });
  }
}

@App({ id: 'arrays', providers: [Runs] })
class Arrays {
  constructor(@Inject(Runs) readonly runs: Runs) {}
  @Handler(orders, { batch: { max: 10 }, sinks: [latest] })
  take(all: Order[]): Order[] {
    for (const { id } of all) this.runs.count(id);
    return all;
  }
}

@App({ id: 'keyed', providers: [Runs] })
class Concurrent {
  constructor(@Inject(Runs) readonly runs: Runs) {}
  @Handler(orders, { concurrency: { by: 'none', max: 4 }, sinks: [latest] })
  async take(order: Order): Promise<Order> {
    this.runs.count(order.id);
    return order;
  }
}

@App({ id: 'loop', providers: [Runs] })
class Loop {
  constructor(@Inject(Runs) readonly runs: Runs) {}
  @Agent(orders, { sinks: [latest] })
  async *take(stream: Stream<Order>): AsyncIterable<Order> {
    for await (const order of stream) {
      this.runs.count(order.id);
      yield order;
    }
  }
}
const forms = { Results, SendsSoon, SendsUnseen, Arrays, Concurrent, Loop };
const bad = (id: number, partition = 0) => ({ key: null, value: { id }, partition });
const good = (id: number, partition = 0) => ({ key: 'k', value: { id }, partition });
let app: TestApp;
afterEach(() => app.stop());
const guarantees = ['at-least-once', 'exactly-once'] as const;

const refused = (...ids: number[]) => {
  const values = ids.map((id) => JSON.stringify({ id }));
  return ({ topic, value }: { topic: string; value?: unknown }) => topic === 'invoices' && values.includes(String(value));
};
const setAside = () => app.deadLetters().map(({ agent, offset }) => `${agent}@${offset}`);
const distinctIds = () => new Set(app.sent(invoices).map(({ value }) => value.id));

/** Does nothing for a while, so that the group's offset stays behind. */
class Slow {
  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  @Handler(orders)
  async slow({ id }: Order): Promise<void> {
    if (id === 0) await this.clock.sleep(20_000);
  }
}

@App({ id: 'loop' })
class SlowLoop extends Slow {
  @Agent(orders, { sinks: [invoices] })
  async *take(stream: Stream<Order>): AsyncIterable<Order> {
    for await (const one of stream) yield one;
  }
}

@App({ id: 'arrays' })
class SlowArrays extends Slow {
  @Handler(orders, { batch: { max: 10, within: '100ms' }, sinks: [invoices] })
  take(some: Order[]): Order[] {
    return some;
  }
}

// At least once two such events undid each other for ever: 216 runs in a minute, nothing committed, 31 dead letters of the first.
describe.each(Object.entries(forms))('results that the broker refuses, at least once: %s', (_, form) => {
  const setAside = () =>
    app.deadLetters().map(({ partition, offset, attempts, error }) => `${partition}@${offset} ${attempts} ${error.code}`);

  it('have each of their events set aside once, and committed', async () => {
    app = await TestApp.start(form);
    await app.advance('500ms');
    await app.send(orders, bad(1));
    await app.advance('1s');
    await app.send(orders, bad(2));
    await app.advance('1m');
    expect(setAside()).toEqual(['0@0 4 DELIVERY_FAILED', '0@1 4 DELIVERY_FAILED']);
    expect(app.committed(orders)).toBe(2);
    expect(Math.max(...app.get<Runs>(Runs).of.values())).toBeLessThanOrEqual(8);
  });

  it('hold up nothing for long where one comes every second among others', async () => {
    app = await TestApp.start(form);
    for (let second = 0; second < 20; second++) {
      await app.send(orders, [good(second * 3), bad(second * 3 + 1), good(second * 3 + 2)]);
      await app.advance('1s');
    }
    await app.advance('1m');
    const expected = Array.from({ length: 20 }, (_, second) => `0@${second * 3 + 1} 4 DELIVERY_FAILED`);
    expect(setAside().sort()).toEqual(expected.sort());
    expect(app.committed(orders)).toBe(60);
    const runs = [...app.get<Runs>(Runs).of].filter(([id]) => id % 3 !== 1).map(([, count]) => count);
    expect(Math.max(...runs)).toBeLessThanOrEqual(4);
  });
});

describe('results that the broker refuses on several partitions, at least once', () => {
  @App({ id: 'shop', providers: [Runs], errors: { retry: { attempts: 2, backoff: '5s', jitter: 0 } } })
  class Slow extends Results {}

  it('do not undo what is known of each other: one dead letter for each, after the usual attempts', async () => {
    app = await TestApp.start(Slow, { partitions: 3 });
    for (let second = 0; second < 10; second++) {
      await app.send(orders, [bad(second, second % 3), good(100 + second, (second + 1) % 3)]);
      await app.advance('1s');
    }
    await app.advance('10m');
    expect(
      app
        .deadLetters()
        .map(({ value }) => JSON.parse(String(value)).id)
        .sort((a, b) => a - b),
    ).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(new Set(app.deadLetters().map(({ attempts }) => attempts))).toEqual(new Set([3]));
    expect([0, 1, 2].map((partition) => app.committed(orders, partition))).toEqual(
      [0, 1, 2].map((partition) => app.broker.messages('orders').filter((message) => message.partition === partition).length),
    );
  });
});

// A loop did not see that the event behind what it had done before was to run by itself. It ran it among others, it was refused again, and so on without end;
// with exactly once no other agent came to its retry.
describe.each([
  ['loop', SlowLoop],
  ['arrays', SlowArrays],
] as const)('an event that is refused behind some that are done and not committed: %s', (_, form) => {
  it.each(guarantees)('is set aside: %s', async (guarantee) => {
    app = await TestApp.start(form, { overrides: { guarantee } });
    await app.send(orders, [0, 1].map(order));
    await app.advance('2s', { running: 1 });
    app.broker.faults.failProduce(refused(2));
    await app.send(orders, [2, 3].map(order));
    await app.advance('10s', { running: 1 });
    expect(setAside()).toEqual([`${form.name}.take@2`]);
    await app.advance('30s');
    expect(app.committed(orders)).toBe(4);
    expect(distinctIds()).toEqual(new Set([0, 1, 3]));
  });
});

// Each waited `within` for more to come, which were not to run with it: an array of a thousand events took minutes.
describe('the events of an array of which one is refused', () => {
  @App({ id: 'large' })
  class Large {
    @Handler(orders, { batch: { max: 1_000, within: '1s' }, sinks: [invoices] })
    take(some: Order[]): Order[] {
      return some;
    }
  }

  it.each(guarantees)('run one after another without a wait: %s', async (guarantee) => {
    const all = Array.from({ length: 900 }, (_, id) => id);
    app = await TestApp.start(Large, { overrides: { guarantee } });
    app.broker.faults.failProduce(refused(17));
    await app.send(orders, all.map(order));
    await app.advance('30s');
    expect(setAside()).toEqual(['Large.take@17']);
    expect(app.committed(orders)).toBe(900);
    expect(distinctIds()).toEqual(new Set(all.filter((id) => id !== 17)));
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

describe('a message that the broker never takes, while another handler takes its time, with exactly once', () => {
  const inputs = topic('inputs', { key: 'string', value: 'string', partitions: 2 });
  const outputs = topic('outputs', { key: 'string', value: 'string', partitions: 2 });

  @App({ id: 'slowly', guarantee: 'exactly-once', drainTimeout: '30s', errors: { retry: { attempts: 1, backoff: '1s' } } })
  class Slowly {
    constructor(@Inject(CLOCK) private readonly clock: Clock) {}

    @Handler(inputs, { sinks: [outputs] })
    async take(value: string): Promise<string> {
      const [, ms] = value.split(' ');
      if (ms !== undefined) await this.clock.sleep(Number(ms));
      return value;
    }
  }

  /** Has the broker refuse what is made of `bad`. */
  async function refusing(...values: readonly string[]): Promise<void> {
    app = await TestApp.start(Slowly);
    app.broker.faults.failProduce(({ topic: to, value }) => to === 'outputs' && String(value).startsWith('bad'));
    await app.send(
      inputs,
      values.map((value, partition) => ({ key: value, value, partition })),
    );
  }

  // What was asked for before the handlers had come to rest took the word of the refusal with it.
  it.each([1_000, 10_000, 25_000])('has its event set aside: %i ms', async (ms) => {
    await refusing(`slow ${ms}`, 'bad');
    await app.advance('10m');
    expect(app.deadLetters().map(({ value }) => String(value))).toEqual(['bad']);
    expect([0, 1].map((partition) => app.committed(inputs, partition))).toEqual([1, 1]);
  });

  // The offset was committed, with neither output nor dead letter.
  it('has its event set aside, also when the broker was away meanwhile', async () => {
    await refusing('slow 12000', 'bad 2000');
    await app.advance('1s');
    app.broker.faults.down();
    await app.advance('14s', { running: 2 });
    app.broker.faults.up();
    await app.advance('5m');
    expect(app.deadLetters().map(({ value }) => String(value))).toEqual(['bad 2000']);
  });
});
