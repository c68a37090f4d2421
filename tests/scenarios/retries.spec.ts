import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Agent,
  App,
  type AppOptions,
  CLOCK,
  type Clock,
  type Codec,
  type Event,
  Handler,
  Inject,
  json,
  type Stream,
  type Topic,
  topic,
} from '@weir/core';
import { TestApp } from '@weir/testing';
import { invoices, type Order, order, orders } from './orders.fixture.js';

let app: TestApp;
afterEach(() => app?.stop());
const keyed = (id: number, key = `k${id % 3}`) => ({ key, value: { id } });
const manyKeyed = (count: number) => Array.from({ length: count }, (_, id) => keyed(id));
const ids = () => app.sent(invoices).map(({ value }) => value.id);

describe.each(['at-least-once', 'exactly-once'] as const)('ordered retry, %s', (guarantee) => {
  @App({ id: 'parked' })
  class Parked {
    readonly seen: number[] = [];
    isBroken = true;
    @Handler(orders, { errors: { retry: { attempts: 10, backoff: '1s', order: 'key' } } })
    take({ id }: Order): void {
      if (id === 0 && this.isBroken) throw new Error('not yet');
      this.seen.push(id);
    }
  }

  it('parks the key that fails while other keys go on', async () => {
    app = await TestApp.start(Parked, { overrides: { guarantee } });
    await app.send(orders, manyKeyed(6));
    await app.settled();
    expect(app.get(Parked).seen).toEqual([1, 2, 4, 5]);
    app.get(Parked).isBroken = false;
    await app.advance('1s');
    expect(app.get(Parked).seen).toEqual([1, 2, 4, 5, 0, 3]);
    expect(app.committed(orders)).toBe(6);
  });
});

describe.each(['at-least-once', 'exactly-once'] as const)('a retry beside others, %s', (guarantee) => {
  @App({ id: 'places', errors: { retry: { attempts: 10, backoff: { initial: '1s', factor: 1 }, jitter: false, order: 'key' } } })
  class Places {
    readonly tries: number[] = [];
    running = 0;
    most = 0;

    constructor(@Inject(CLOCK) readonly clock: Clock) {}

    @Handler(orders, { concurrency: { by: 'none', max: 2 } })
    async take({ id }: Order): Promise<void> {
      this.tries.push(id);
      this.most = Math.max(this.most, ++this.running);
      await this.clock.sleep(800);
      this.running--;
      if (id < 2 && this.tries.filter((each) => each === id).length < 3) throw new Error('not yet');
    }
  }

  // A retry that was due began whatever else ran.
  it('waits for a place among max, and comes before events that were not tried yet', async () => {
    app = await TestApp.start(Places, { overrides: { guarantee } });
    await app.send(orders, manyKeyed(8));
    await app.advance('1m');
    const { most, tries } = app.get(Places);
    expect(most).toBe(2);
    expect(tries).toEqual([0, 1, 2, 3, 4, 5, 0, 1, 6, 7, 0, 1]);
    expect(app.committed(orders)).toBe(8);
  });

  it('is given up with its place when the worker stops', async () => {
    app = await TestApp.start(Places, { overrides: { guarantee } });
    await app.send(orders, manyKeyed(8));
    await app.advance(2_000, { running: 2 });
    await app.restart();
    await app.advance('1m');
    expect(app.committed(orders)).toBe(8);
  });
});

// A batch that was tried again used to be given what the try before it had made of its values; keys of all forms were decoded once.
describe.each(['at-least-once', 'exactly-once'] as const)('each try is given what was sent, %s', (guarantee) => {
  interface Order {
    id: number;
    seen?: number;
  }
  const orders = topic('orders', { key: json<Order>(), value: json<Order>() });
  const raw = topic('raw', { key: 'raw', value: 'raw' });

  /** What each try of a method was given; the first three tries fail. */
  const seen: string[] = [];

  function spoil(events: readonly Event<Order, Order>[], values: readonly Order[]): void {
    seen.push(JSON.stringify(events.map(({ key, value, headers }, i) => [key, value, values[i], headers.h.toString()])));
    for (const [i, { key, headers }] of events.entries()) {
      values[i].seen = 1;
      if (key !== null) key.seen = 1;
      headers.h.fill('x');
    }
    if (seen.length < 4) throw new Error('once more');
  }

  function spoilBytes(events: readonly Event<Buffer, Buffer>[], values: readonly Buffer[]): void {
    seen.push(JSON.stringify(events.map(({ key }, i) => [key?.toString(), values[i].toString()])));
    for (const [i, { key }] of events.entries()) {
      values[i].fill('x');
      key?.fill('x');
    }
    if (seen.length < 4) throw new Error('once more');
  }
  const id = 'afresh';
  const errors = { retry: { attempts: 3, backoff: '1s' } } as const;

  @App({ id, errors })
  class Sequential {
    @Handler(orders)
    async take(value: Order, event: Event<Order, Order>): Promise<void> {
      spoil([event], [value]);
    }
    @Handler(raw)
    bytes(value: Buffer, event: Event<Buffer, Buffer>): void {
      spoilBytes([event], [value]);
    }
  }

  @App({ id, errors })
  class ByKey {
    @Handler(orders, { concurrency: { by: 'key' } })
    take(value: Order, event: Event<Order, Order>): void {
      spoil([event], [value]);
    }
    @Handler(raw, { concurrency: { by: 'key' } })
    bytes(value: Buffer, event: Event<Buffer, Buffer>): void {
      spoilBytes([event], [value]);
    }
  }

  @App({ id, errors })
  class Concurrent {
    @Handler(orders, { concurrency: { by: 'none' } })
    async take(value: Order, event: Event<Order, Order>): Promise<void> {
      spoil([event], [value]);
    }
    @Handler(raw, { concurrency: { by: 'none' } })
    bytes(value: Buffer, event: Event<Buffer, Buffer>): void {
      spoilBytes([event], [value]);
    }
  }

  @App({ id, errors })
  class Batch {
    @Handler(orders, { batch: { max: 2 } })
    take(values: Order[], events: Event<Order, Order>[]): void {
      spoil(events, values);
    }
    @Handler(raw, { batch: { max: 2 } })
    async bytes(values: Buffer[], events: Event<Buffer, Buffer>[]): Promise<void> {
      spoilBytes(events, values);
    }
  }

  @App({ id, errors })
  class Take {
    @Agent(orders)
    async take(stream: Stream<Order, Order>): Promise<void> {
      for await (const events of stream.events().take(1, '1s'))
        spoil(
          events,
          events.map(({ value }) => value),
        );
    }
    @Agent(raw)
    async bytes(stream: Stream<Buffer, Buffer>): Promise<void> {
      for await (const events of stream.events().take(1, '1s'))
        spoilBytes(
          events,
          events.map(({ value }) => value),
        );
    }
  }

  @App({ id, errors })
  class Loop {
    @Agent(orders)
    async take(stream: Stream<Order, Order>): Promise<void> {
      for await (const event of stream.events()) spoil([event], [event.value]);
    }
    @Agent(raw)
    async bytes(stream: Stream<Buffer, Buffer>): Promise<void> {
      for await (const event of stream.events()) spoilBytes([event], [event.value]);
    }
  }

  it.each([Sequential, ByKey, Concurrent, Batch, Take, Loop])('%p', async (form) => {
    seen.length = 0;
    app = await TestApp.start(form, { overrides: { guarantee } });
    await app.send(orders, { key: { id: 7 }, value: { id: 1 }, headers: { h: 'h' } });
    await app.advance('10s');
    expect(seen).toEqual(Array(4).fill('[[{"id":7},{"id":1},{"id":1},"h"]]'));
    seen.length = 0;
    await app.send(raw, { key: 'key', value: 'value' });
    await app.advance('10s');
    expect(seen).toEqual(Array(4).fill('[["key","value"]]'));
    expect(app.deadLetters()).toEqual([]);
  });

  it('and a dead letter is what was sent, also of a batch that was taken apart', async () => {
    @App({ id, errors: { retry: { attempts: 1, backoff: '1s' } } })
    class Spoils {
      @Handler(raw, { batch: { max: 5 } })
      take(values: Buffer[], events: Event<Buffer, Buffer>[]): void {
        for (const value of values) value.fill('x');
        for (const { key } of events) key?.fill('x');
        throw new Error('no');
      }
    }
    app = await TestApp.start(Spoils, { overrides: { guarantee } });
    await app.send(raw, [
      { key: 'k1', value: 'one' },
      { key: 'k2', value: 'two' },
    ]);
    await app.advance('10s');
    expect(app.deadLetters().map(({ key, value }) => [String(key), String(value)])).toEqual([
      ['k1', 'one'],
      ['k2', 'two'],
    ]);
  });
});

/** A loop and a handler that write an invoice for each order without waiting for it. */
function inTwoShapes(errors: AppOptions['errors']) {
  @App({ id: 'loop', errors })
  class Loop {
    constructor(@Inject(invoices) readonly out: Topic<string, Order>) {}
    @Agent(orders)
    async take(stream: Stream<Order>): Promise<void> {
      for await (const { id } of stream) this.out.sendSoon({ key: 'a', value: { id } });
    }
  }
  @App({ id: 'handler', errors })
  class Handles {
    constructor(@Inject(invoices) readonly out: Topic<string, Order>) {}
    @Handler(orders)
    take({ id }: Order): void {
      this.out.sendSoon({ key: 'a', value: { id } });
    }
  }
  return [
    ['loop', Loop],
    ['handler', Handles],
  ] as const;
}

describe('at least once, a loop whose message is refused for itself', () => {
  it.each(inTwoShapes({ retry: { attempts: 2, backoff: '10s' } }))(
    'does not commit before its dead letter is written: %s',
    async (_, shape) => {
      app = await TestApp.start(shape);
      app.broker.faults.failProduce((m) => m.topic === 'invoices');
      await app.send(orders, order(1));
      await app.advance('5s');
      expect(app.deadLetters()).toHaveLength(0);
      expect(app.committed(orders)).toBe(0);
      await app.crash();
      await app.restart();
      await app.advance('1m');
      expect(app.deadLetters()).toHaveLength(1);
    },
  );
});

describe('at least once, then: stop', () => {
  const shapes = inTwoShapes({ retry: { attempts: 0 }, then: 'stop' });
  it.each(shapes)('commits nothing of an event whose message is refused: %s', async (_, shape) => {
    app = await TestApp.start(shape);
    app.broker.faults.failProduce((m) => m.topic === 'invoices');
    await app.send(orders, order(1));
    await expect(app.advance('5s')).rejects.toThrow();
    expect(app.deadLetters()).toHaveLength(0);
    expect(app.committed(orders)).toBe(0);
  });
  it.each(shapes)('nor at a stop while it waits for its retry: %s', async (_, shape) => {
    app = await TestApp.start(shape, { overrides: { errors: { retry: { attempts: 3, backoff: '10s' } } } });
    let refused = 0;
    app.broker.faults.failProduce((m) => m.topic === 'invoices' && refused++ < 3);
    await app.send(orders, order(1));
    await app.advance('3s');
    await app.restart();
    await app.advance('1m');
    expect(ids()).toEqual([1]);
  });
});

describe('a try that fails while a part of it runs on, exactly once', () => {
  class Invoicing {
    #hasFailed = false;

    constructor(
      @Inject(invoices) private readonly out: Topic<string, Order>,
      @Inject(CLOCK) private readonly clock: Clock,
    ) {}

    async both({ id }: Order): Promise<void> {
      await Promise.all([this.slowly(id), this.once()]);
    }

    async slowly(id: number): Promise<void> {
      await this.clock.sleep(300);
      if (id % 2 === 0) this.out.sendSoon({ key: 'a', value: { id } });
      else await this.out.send({ key: 'a', value: { id } });
    }

    async once(): Promise<void> {
      if (this.#hasFailed) return;
      this.#hasFailed = true;
      throw new Error('once');
    }
  }

  const options = { guarantee: 'exactly-once', errors: { retry: { attempts: 3, backoff: '50ms', jitter: false } } } as const;

  @App({ id: 'single', ...options })
  class Single extends Invoicing {
    @Handler(orders)
    take(one: Order): Promise<void> {
      return this.both(one);
    }
  }

  @App({ id: 'keyed', ...options })
  class Keyed extends Invoicing {
    @Handler(orders, { concurrency: { by: 'key', max: 4 } })
    take(one: Order): Promise<void> {
      return this.both(one);
    }
  }

  @App({ id: 'batch', ...options })
  class Batch extends Invoicing {
    @Handler(orders, { batch: { max: 2 } })
    async take(some: Order[]): Promise<void> {
      for (const one of some) await this.both(one);
    }
  }

  @App({ id: 'loop', ...options })
  class Loop extends Invoicing {
    @Agent(orders)
    async take(stream: Stream<Order>): Promise<void> {
      for await (const one of stream) await this.both(one);
    }
  }

  const shapes = [
    ['single', Single],
    ['keyed', Keyed],
    ['batch', Batch],
    ['loop', Loop],
  ] as const;

  // What the part that ran on sent went out with the next try, beside that try's own.
  it.each(shapes)('sends nothing in the name of the next: %s', async (_, shape) => {
    app = await TestApp.start(shape);
    await app.send(orders, [1, 2].map(order));
    await app.advance('10s');
    expect(ids().sort()).toEqual([1, 2]);
  });

  it.each(shapes)('sends nothing for an event that was set aside: %s', async (_, shape) => {
    app = await TestApp.start(shape, { overrides: { errors: { retry: { attempts: 0 } } } });
    await app.send(orders, order(1));
    await app.advance('10s');
    expect(app.deadLetters()).toHaveLength(1);
    expect(ids()).toEqual([]);
    await app.send(orders, order(2));
    await app.advance('10s');
    expect(ids()).toEqual([2]);
  });
});

describe('an event that can be decoded at its second try', () => {
  const errors = { retry: { attempts: 3, backoff: '1s', retryable: () => true } } as const;
  let isLoaded: boolean;
  let seen: number[];
  const late: Codec<Order> = {
    name: 'late',
    form: 'text',
    encode: (value) => JSON.stringify(value),
    decode: (text) => {
      if (!isLoaded) throw new Error('the schema is not loaded yet');
      return JSON.parse(text) as Order;
    },
  };
  const lateOrders = topic('orders', { value: late });

  @App({ id: 'loop', errors })
  class Loop {
    @Agent(lateOrders)
    async take(stream: Stream<Order>): Promise<void> {
      for await (const { id } of stream) seen.push(id);
    }
  }
  @App({ id: 'batch', errors })
  class Batch {
    @Handler(lateOrders, { batch: { max: 5 } })
    take(values: Order[]): void {
      seen.push(...values.map(({ id }) => id));
    }
  }
  @App({ id: 'single', errors })
  class Single {
    @Handler(lateOrders)
    take({ id }: Order): void {
      seen.push(id);
    }
  }
  it.each([
    ['single', Single],
    ['batch', Batch],
    ['loop', Loop],
  ] as const)('is handled: %s', async (_, shape) => {
    isLoaded = false;
    seen = [];
    app = await TestApp.start(shape);
    await app.send(lateOrders, order(1));
    await app.settled();
    isLoaded = true;
    await app.advance('1m');
    expect(app.committed(lateOrders)).toBe(1);
    expect(seen).toEqual([1]);
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
