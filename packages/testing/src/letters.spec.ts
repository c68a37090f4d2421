import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent, App, type Event, Handler, Inject, json, type Stream, type Topic, topic } from '@weir/core';
import { TestApp } from './index.js';

interface Order {
  readonly id: number;
}
const orders = topic('orders', { value: json<Order>(), partitions: 3 });
const copies = topic('copies', { value: json<Order>() });
const once = { errors: { retry: { attempts: 0 } } } as const;

/** What the agents of one topic have seen, and which of them is out of order. */
class Log {
  readonly seen: string[] = [];
  broken = new Set<string>();

  take(agent: string, ids: readonly number[]): void {
    if (this.broken.has(agent)) throw new RangeError(`${agent} is out of order`);
    this.seen.push(...ids.map((id) => `${agent} ${id}`));
  }
}

@App({ id: 'shop', providers: [Log], ...once })
class Shop {
  constructor(@Inject(Log) readonly log: Log) {}

  @Handler(orders)
  one({ id }: Order): void {
    this.log.take('one', [id]);
  }

  @Handler(orders, { concurrency: { by: 'key', max: 4 } })
  async byKey({ id }: Order): Promise<void> {
    this.log.take('byKey', [id]);
  }

  @Handler(orders, { batch: { max: 10 } })
  batch(batch: Order[]): void {
    this.log.take(
      'batch',
      batch.map(({ id }) => id),
    );
  }

  @Agent(orders)
  async stream(stream: Stream<Order>): Promise<void> {
    for await (const { id } of stream) this.log.take('stream', [id]);
  }
}

const agents = ['one', 'byKey', 'batch', 'stream'];

let app: TestApp;
afterEach(() => app?.stop());

const order = (id: number) => ({ key: `k${id}`, value: { id } });

describe('a replay', () => {
  it.each(agents)('reaches the agent that failed and no other of the topic: %s', async (agent) => {
    app = await TestApp.start(Shop);
    const { log } = app.get(Shop);
    log.broken.add(agent);
    await app.send(orders, [order(1), order(2)]);
    await app.settled();
    expect(app.deadLetters()).toHaveLength(2);
    log.broken.clear();
    log.seen.length = 0;

    expect(await app.replay()).toBe(2);
    await app.settled();
    expect(log.seen.sort()).toEqual([`${agent} 1`, `${agent} 2`]);
    for (const { partition, offset } of app.sent(orders)) expect(app.committed(orders, partition)).toBeGreaterThan(offset);
  });

  @App({ id: 'exact', guarantee: 'exactly-once', ...once })
  class Exact {
    @Handler(orders)
    take(): void {
      throw new RangeError('out of order');
    }
  }

  // It waited for a dead letter whose transaction nobody committed, on a clock that stood still.
  it('comes to its end while a dead letter is being written that is not committed yet', async () => {
    app = await TestApp.start(Exact);
    await app.send(orders, order(1));
    await app.settled();
    expect(await app.replay()).toBe(1);
    for (let turns = 0; turns < 10; turns++) await new Promise(setImmediate);
    expect(await app.replay()).toBe(1);
    await app.settled();
    expect(app.deadLetters()).toHaveLength(3);
  });

  it('sends nothing the second time', async () => {
    app = await TestApp.start(Shop);
    app.get(Shop).log.broken.add('one');
    await app.send(orders, order(1));
    await app.settled();
    app.get(Shop).log.broken.clear();
    expect(await app.replay()).toBe(1);
    expect(await app.replay()).toBe(0);
    expect(app.sent(orders)).toHaveLength(2);
    expect(app.deadLetters()).toHaveLength(1);
  });

  it('is committed by the agents that pass it over, however many there are', async () => {
    app = await TestApp.start(Shop);
    app.get(Shop).log.broken.add('batch');
    const many = Array.from({ length: 300 }, (_, id) => ({ ...order(id), partition: 0 }));
    await app.send(orders, many);
    await app.settled();
    app.get(Shop).log.broken.clear();
    expect(await app.replay()).toBe(300);
    await app.settled();
    const last = app.sent(orders).reduce((latest, { offset }) => Math.max(latest, offset), 0);
    expect(app.committed(orders, 0)).toBe(last + 1);
  });

  it('is passed over by other apps, and by nobody when the app is called the same', async () => {
    @App({ id: 'other', ...once })
    class Other {
      readonly seen: number[] = [];
      @Handler(orders, { name: 'Shop.one' })
      take({ id }: Order): void {
        this.seen.push(id);
      }
    }
    app = await TestApp.start(Other);
    const address = (to: string) => ({ ...order(1), headers: { 'weir-replay-for': to } });
    await app.send(orders, [address('shop/Shop.one'), address('other/Shop.two'), address('other/Shop.one'), order(4)]);
    await app.settled();
    expect(app.get(Other).seen.sort()).toEqual([1, 4]);
  });

  it('that fails again is a new dead letter, with the new position and the headers of the original', async () => {
    app = await TestApp.start(Shop);
    app.get(Shop).log.broken.add('one');
    await app.send(orders, { ...order(1), headers: { traceparent: '00-abc-def-01' } });
    await app.settled();
    await app.replay();
    await app.settled();
    const [first, second] = app.deadLetters();
    expect(second).toMatchObject({ agent: 'Shop.one', partition: first.partition, fingerprint: first.fingerprint });
    expect(second.offset).toBeGreaterThan(first.offset);
    expect(second.replayOf).toMatch(/^shop-dead-letters-0-\d+$/);
    expect(second.headers.traceparent.toString()).toBe('00-abc-def-01');
    expect(second.headers).not.toHaveProperty('weir-replay-for');
    app.get(Shop).log.broken.clear();
    expect(await app.replay()).toBe(1);
    await app.settled();
    expect(app.get(Shop).log.seen.filter((each) => each === 'one 1')).toHaveLength(1);
  });
});

describe('a replayed message', () => {
  @App({ id: 'forwarding', ...once })
  class Forwarding {
    isBroken = true;
    readonly headers: string[][] = [];
    readonly copied: number[] = [];

    constructor(@Inject(copies) private readonly out: Topic<string, Order>) {}

    @Handler(orders)
    async pass(value: Order, event: Event<string, Order>): Promise<void> {
      if (this.isBroken) throw new Error('not yet');
      this.headers.push(event.headerPairs.map(([name]) => name));
      await event.forward(copies);
      await this.out.send({ value, headers: event.headers });
    }

    @Handler(copies)
    copy({ id }: Order): void {
      this.copied.push(id);
    }
  }

  it('does not give its address to what a handler forwards or copies', async () => {
    app = await TestApp.start(Forwarding);
    await app.send(orders, { ...order(7), headers: { traceparent: '00-abc-def-01', tracestate: 'a=b' } });
    await app.settled();
    app.get(Forwarding).isBroken = false;
    await app.replay();
    await app.settled();
    expect(app.get(Forwarding).headers).toEqual([['traceparent', 'tracestate', 'weir-replay-of']]);
    expect(app.get(Forwarding).copied).toEqual([7, 7]);
    for (const copy of app.sent(copies)) expect(copy.headers.traceparent.toString()).toBe('00-abc-def-01');
  });
});

describe('with exactly-once', () => {
  @App({ id: 'exact', guarantee: 'exactly-once', ...once })
  class Exact {
    isBroken = true;
    readonly other: number[] = [];

    @Handler(orders, { sinks: [copies] })
    take(value: Order): Order {
      if (this.isBroken) throw new Error('not yet');
      return value;
    }

    @Handler(orders)
    beside({ id }: Order): void {
      this.other.push(id);
    }
  }

  it('a replay has its effects once, and only for its agent', async () => {
    app = await TestApp.start(Exact);
    await app.send(orders, [order(1), order(2)]);
    await app.settled();
    app.get(Exact).isBroken = false;
    expect(await app.replay()).toBe(2);
    await app.settled();
    expect(
      app
        .sent(copies)
        .map(({ value }) => value.id)
        .sort(),
    ).toEqual([1, 2]);
    expect(app.get(Exact).other.sort()).toEqual([1, 2]);
    expect(await app.replay()).toBe(0);
  });
});
