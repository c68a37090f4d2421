import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent, App, CLOCK, type Clock, type Event, Handler, Inject, json, type Stream, topic } from '@weir/core';
import { pino } from 'pino';
import { TestApp } from './index.js';

interface Order {
  readonly id: number;
}
const orders = topic('orders', { value: json<Order>() });
const results = topic('results', { value: 'json' });

let app: TestApp;
afterEach(() => app?.stop());

const order = (id: number, key = `k${id % 3}`) => ({ key, value: { id } });
const many = (count: number) => Array.from({ length: count }, (_, id) => order(id));

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

describe('a handler', () => {
  @App({ id: 'sequential' })
  class Sequential extends Gate {
    @Handler(orders)
    async take({ id }: Order): Promise<void> {
      await this.pass(id);
    }
  }

  it('takes one event of a partition at a time, and nothing past it is committed', async () => {
    app = await TestApp.start(Sequential);
    await app.send(orders, many(3));
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
    app = await TestApp.start(Sequential);
    await app.send(orders, many(2));
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

describe('concurrency by key', () => {
  @App({ id: 'by-key' })
  class ByKey extends Gate {
    @Handler(orders, { concurrency: { by: 'key', max: 3, maxAhead: 6 } })
    take({ id }: Order): Promise<void> {
      return this.pass(id);
    }
  }

  it('runs different keys at once and one key in order', async () => {
    app = await TestApp.start(ByKey);
    await app.send(orders, many(6));
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
    app = await TestApp.start(ByKey);
    await app.send(orders, many(3));
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
    app = await TestApp.start(ByKey);
    await app.send(
      orders,
      Array.from({ length: 20 }, (_, id) => order(id, `${id}`)),
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

describe('ordered retry', () => {
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
    app = await TestApp.start(Parked);
    await app.send(orders, many(6));
    await app.settled();
    expect(app.get(Parked).seen).toEqual([1, 2, 4, 5]);
    app.get(Parked).isBroken = false;
    await app.advance('1s');
    expect(app.get(Parked).seen).toEqual([1, 2, 4, 5, 0, 3]);
    expect(app.committed(orders)).toBe(6);
  });
});

describe('a retry beside others', () => {
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
    app = await TestApp.start(Places);
    await app.send(orders, many(8));
    await app.advance('1m');
    const { most, tries } = app.get(Places);
    expect(most).toBe(2);
    expect(tries).toEqual([0, 1, 2, 3, 4, 5, 0, 1, 6, 7, 0, 1]);
    expect(app.committed(orders)).toBe(8);
  });

  it('is given up with its place when the worker stops', async () => {
    app = await TestApp.start(Places);
    await app.send(orders, many(8));
    await app.advance(2_000, { running: 2 });
    await app.restart();
    await app.advance('1m');
    expect(app.committed(orders)).toBe(8);
  });
});

describe('a batch handler', () => {
  @App({ id: 'batches' })
  class Batches {
    readonly seen: number[][] = [];
    @Handler(orders, { batch: { max: 4, within: '2s' }, sinks: [results], errors: { retry: { attempts: 1, backoff: '1s' } } })
    take(values: Order[], events: Event<string, Order>[]): { readonly doubled: number }[] {
      expect(events.map((event) => event.value)).toEqual(values);
      this.seen.push(values.map(({ id }) => id));
      if (values.some(({ id }) => id === 13)) throw new Error('unlucky');
      return values.map(({ id }) => ({ doubled: id * 2 }));
    }
  }

  it('is given arrays when they are full, and what there is when the time is up', async () => {
    app = await TestApp.start(Batches);
    await app.send(orders, many(6));
    await app.settled();
    expect(app.get(Batches).seen).toEqual([[0, 1, 2, 3]]);
    expect(app.committed(orders)).toBe(4);
    await app.advance('2s');
    expect(app.get(Batches).seen).toEqual([
      [0, 1, 2, 3],
      [4, 5],
    ]);
    expect(app.sent(results)).toHaveLength(6);
    expect(app.sent(results)[5]).toMatchObject({ key: 'k2', value: { doubled: 10 } });
  });

  it('sets only those aside that fail alone', async () => {
    app = await TestApp.start(Batches);
    await app.send(
      orders,
      [12, 13, 14, 15].map((id) => order(id)),
    );
    await app.settled();
    await app.advance('2s');
    expect(app.deadLetters().map(({ offset, attempts }) => [offset, attempts])).toEqual([[1, 3]]);
    expect(app.sent(results).map(({ value }) => value)).toEqual([{ doubled: 24 }, { doubled: 28 }, { doubled: 30 }]);
    expect(app.committed(orders)).toBe(4);
  });

  it('is given what was being gathered when the worker stops', async () => {
    app = await TestApp.start(Batches);
    await app.send(orders, many(2));
    await app.settled();
    const { seen } = app.get(Batches);
    await app.stop();
    expect(seen).toEqual([[0, 1]]);
    expect(app.committed(orders)).toBe(2);
  });
});

describe('results of a batch', () => {
  @App({ id: 'some' })
  class Some {
    @Handler(orders, { batch: { max: 3 }, sinks: [results] })
    take(values: Order[]): (Order | undefined)[] {
      return values.map((value) => (value.id % 2 === 0 ? value : undefined));
    }
  }

  // An undefined result used to be written as a tombstone.
  it('are not sent where they are undefined', async () => {
    app = await TestApp.start(Some);
    await app.send(orders, many(3));
    await app.settled();
    expect(app.sent(results).map(({ value }) => value)).toEqual([{ id: 0 }, { id: 2 }]);
  });
});

describe('an agent', () => {
  @App({ id: 'streams' })
  class Streams {
    readonly seen: unknown[] = [];
    failures = 0;
    @Agent(orders, { sinks: [results], errors: { retry: { attempts: 2, backoff: '1s' } } })
    async *double(stream: Stream<Order>): AsyncIterable<{ readonly doubled: number }> {
      for await (const { id } of stream) {
        if (id === 13) {
          this.failures++;
          throw new Error('unlucky');
        }
        this.seen.push(id);
        yield { doubled: id * 2 };
      }
    }
  }

  it('yields results to its sinks', async () => {
    app = await TestApp.start(Streams);
    await app.send(orders, many(3));
    await app.settled();
    expect(app.sent(results).map(({ key, value }) => [key, value])).toEqual([
      ['k0', { doubled: 0 }],
      ['k1', { doubled: 2 }],
      ['k2', { doubled: 4 }],
    ]);
    expect(app.committed(orders)).toBe(3);
  });

  it('is run again from the event that failed, which is then set aside', async () => {
    app = await TestApp.start(Streams);
    await app.send(orders, [order(1), order(13), order(2)]);
    await app.settled();
    expect(app.get(Streams).failures).toBe(1);
    expect(app.committed(orders)).toBe(1);
    await app.advance('5s');
    expect(app.get(Streams).failures).toBe(3);
    expect(app.get(Streams).seen).toEqual([1, 2]);
    expect(app.deadLetters()).toMatchObject([{ offset: 1, attempts: 3 }]);
    expect(app.committed(orders)).toBe(3);
  });

  it('goes on after messages that cannot be decoded', async () => {
    app = await TestApp.start(Streams);
    await app.send(orders, [{ value: Buffer.from('{') }, order(1), { value: Buffer.from([0xff]) }, order(2)]);
    await app.settled();
    expect(app.get(Streams).seen).toEqual([1, 2]);
    expect(app.deadLetters()).toHaveLength(2);
    expect(app.committed(orders)).toBe(4);
  });

  @App({ id: 'taking' })
  class Taking {
    readonly seen: unknown[] = [];
    @Agent(orders)
    async take(stream: Stream<Order>): Promise<void> {
      for await (const some of stream.filter(({ id }) => id % 2 === 0).take(2, '3s')) this.seen.push(some.map(({ id }) => id));
    }
  }

  it('takes arrays of what passes a filter, acknowledged together', async () => {
    app = await TestApp.start(Taking);
    await app.send(orders, many(7));
    await app.settled();
    expect(app.get(Taking).seen).toEqual([
      [0, 2],
      [4, 6],
    ]);
    await app.send(orders, order(8));
    await app.settled();
    expect(app.committed(orders)).toBe(7);
    await app.advance('3s');
    expect(app.get(Taking).seen).toEqual([[0, 2], [4, 6], [8]]);
    expect(app.committed(orders)).toBe(8);
  });

  @App({ id: 'leaving' })
  class Leaving {
    @Agent(orders)
    async leave(stream: Stream<Order>): Promise<void> {
      for await (const _ of stream) return;
    }
  }

  it('stops the worker when it leaves its loop, since its partition would stand still', async () => {
    app = await TestApp.start(Leaving);
    await app.send(orders, many(2));
    await expect(app.settled()).rejects.toMatchObject({ code: 'AGENT_RETURNED' });
  });

  @App({ id: 'pairs' })
  class Pairs {
    readonly seen: unknown[] = [];
    @Agent(orders)
    async items(stream: Stream<Order, string>): Promise<void> {
      for await (const [key, { id }] of stream.items()) this.seen.push([key, id]);
    }
    @Agent(orders)
    async events(stream: Stream<Order, string>): Promise<void> {
      for await (const event of stream.events()) this.seen.push(event.offset);
    }
    @Handler(orders)
    async copy(_: Order, event: Event<string, Order>): Promise<void> {
      await event.forward(results, { key: 'new' });
    }
  }

  it('shares a topic with others, each seeing every event', async () => {
    app = await TestApp.start(Pairs);
    await app.send(orders, { ...order(5), headers: { h: 'v' } });
    await app.settled();
    expect(app.get(Pairs).seen).toEqual(expect.arrayContaining([['k2', 5], 0]));
    expect(app.sent(results)).toMatchObject([{ key: 'new', value: { id: 5 }, headers: { h: Buffer.from('v') } }]);
    expect(app.committed(orders)).toBe(1);
  });
});

describe('whatever a handler throws', () => {
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
    app = await TestApp.start(Throws, { overrides: { logger: pino({ level: 'trace' }, { write: () => undefined }) } });
    await app.send(orders, [order(1, what), order(2, what)]);
    await app.advance('10s');
    expect(app.deadLetters().map(({ offset, agent }) => [offset, agent])).toHaveLength(3);
    expect(new Set(app.deadLetters().map(({ offset }) => offset))).toEqual(new Set([0]));
    expect(app.committed(orders)).toBe(2);
  });
});

describe('a handler with a time limit', () => {
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
    app = await TestApp.start(Queries);
    await app.send(orders, [order(0), order(1)]);
    await app.settled({ running: 1 });
    await app.advance('10s');
    expect(app.deadLetters()).toMatchObject([{ offset: 0, error: { code: 'HANDLER_TIMEOUT' } }]);
    expect(app.committed(orders)).toBe(2);
  });

  it('has its signal aborted and its event set aside', async () => {
    app = await TestApp.start(Limited);
    await app.send(orders, many(1));
    await app.settled({ running: 1 });
    await app.advance('10s');
    expect(app.get(Limited).aborted).toEqual([0]);
    expect(app.deadLetters()).toMatchObject([{ error: { code: 'HANDLER_TIMEOUT' } }]);
    expect(app.committed(orders)).toBe(1);
  });
});
