import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent, App, type Event, Handler, Inject, json, type Stream, type Topic, topic } from '@weir/core';
import { DeadLetters, deadLetterTopic, Letters } from '@weir/core/internal/letters';
import { MemoryBroker } from '@weir/core/internal/transport';
import { TestApp, VirtualClock } from '@weir/testing';
import { turns } from './gates.fixture.js';
import type { Order } from './orders.fixture.js';

const spreadOrders = topic('orders', { value: json<Order>(), partitions: 3 });
const copies = topic('copies', { value: json<Order>() });
const once = { errors: { retry: { attempts: 0 } } } as const;
let app: TestApp;
afterEach(() => app?.stop());
const spread = (id: number) => ({ key: `k${id}`, value: { id } });

describe.each(['at-least-once', 'exactly-once'] as const)('a replay, %s', (guarantee) => {
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

    @Handler(spreadOrders)
    one({ id }: Order): void {
      this.log.take('one', [id]);
    }

    @Handler(spreadOrders, { concurrency: { by: 'key', max: 4 } })
    async byKey({ id }: Order): Promise<void> {
      this.log.take('byKey', [id]);
    }

    @Handler(spreadOrders, { batch: { max: 10 } })
    batch(batch: Order[]): void {
      this.log.take(
        'batch',
        batch.map(({ id }) => id),
      );
    }

    @Agent(spreadOrders)
    async stream(stream: Stream<Order>): Promise<void> {
      for await (const { id } of stream) this.log.take('stream', [id]);
    }
  }
  const agents = ['one', 'byKey', 'batch', 'stream'];

  it.each(agents)('reaches the agent that failed and no other of the topic: %s', async (agent) => {
    app = await TestApp.start(Shop, { overrides: { guarantee } });
    const { log } = app.get(Shop);
    log.broken.add(agent);
    await app.send(spreadOrders, [spread(1), spread(2)]);
    await app.settled();
    expect(app.deadLetters()).toHaveLength(2);
    log.broken.clear();
    log.seen.length = 0;

    expect(await app.replay()).toBe(2);
    await app.settled();
    expect(log.seen.sort()).toEqual([`${agent} 1`, `${agent} 2`]);
    for (const { partition, offset } of app.sent(spreadOrders)) expect(app.committed(spreadOrders, partition)).toBeGreaterThan(offset);
  });

  @App({ id: 'exact', guarantee: 'exactly-once', ...once })
  class Exact {
    @Handler(spreadOrders)
    take(): void {
      throw new RangeError('out of order');
    }
  }

  // It waited for a dead letter whose transaction nobody committed, on a clock that stood still.
  it('comes to its end while a dead letter is being written that is not committed yet', async () => {
    app = await TestApp.start(Exact, { overrides: { guarantee } });
    await app.send(spreadOrders, spread(1));
    await app.settled();
    expect(await app.replay()).toBe(1);
    await turns(10);
    expect(await app.replay()).toBe(1);
    await app.settled();
    expect(app.deadLetters()).toHaveLength(3);
  });

  it('sends nothing the second time', async () => {
    app = await TestApp.start(Shop, { overrides: { guarantee } });
    app.get(Shop).log.broken.add('one');
    await app.send(spreadOrders, spread(1));
    await app.settled();
    app.get(Shop).log.broken.clear();
    expect(await app.replay()).toBe(1);
    expect(await app.replay()).toBe(0);
    expect(app.sent(spreadOrders)).toHaveLength(2);
    expect(app.deadLetters()).toHaveLength(1);
  });

  it('is committed by the agents that pass it over, however many there are', async () => {
    app = await TestApp.start(Shop, { overrides: { guarantee } });
    app.get(Shop).log.broken.add('batch');
    const many = Array.from({ length: 300 }, (_, id) => ({ ...spread(id), partition: 0 }));
    await app.send(spreadOrders, many);
    await app.settled();
    app.get(Shop).log.broken.clear();
    expect(await app.replay()).toBe(300);
    await app.settled();
    const last = app.sent(spreadOrders).reduce((latest, { offset }) => Math.max(latest, offset), 0);
    expect(app.committed(spreadOrders, 0)).toBe(last + 1);
  });

  it('is passed over by other apps, and by nobody when the app is called the same', async () => {
    @App({ id: 'other', ...once })
    class Other {
      readonly seen: number[] = [];
      @Handler(spreadOrders, { name: 'Shop.one' })
      take({ id }: Order): void {
        this.seen.push(id);
      }
    }
    app = await TestApp.start(Other, { overrides: { guarantee } });
    const address = (to: string) => ({ ...spread(1), headers: { 'weir-replay-for': to } });
    await app.send(spreadOrders, [address('shop/Shop.one'), address('other/Shop.two'), address('other/Shop.one'), spread(4)]);
    await app.settled();
    expect(app.get(Other).seen.sort()).toEqual([1, 4]);
  });

  it('that fails again is a new dead letter, with the new position and the headers of the original', async () => {
    app = await TestApp.start(Shop, { overrides: { guarantee } });
    app.get(Shop).log.broken.add('one');
    await app.send(spreadOrders, { ...spread(1), headers: { traceparent: '00-abc-def-01' } });
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

describe.each(['at-least-once', 'exactly-once'] as const)('a replayed message, %s', (guarantee) => {
  @App({ id: 'forwarding', ...once })
  class Forwarding {
    isBroken = true;
    readonly headers: string[][] = [];
    readonly copied: number[] = [];

    constructor(@Inject(copies) private readonly out: Topic<string, Order>) {}

    @Handler(spreadOrders)
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
    app = await TestApp.start(Forwarding, { overrides: { guarantee } });
    await app.send(spreadOrders, { ...spread(7), headers: { traceparent: '00-abc-def-01', tracestate: 'a=b' } });
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

    @Handler(spreadOrders, { sinks: [copies] })
    take(value: Order): Order {
      if (this.isBroken) throw new Error('not yet');
      return value;
    }

    @Handler(spreadOrders)
    beside({ id }: Order): void {
      this.other.push(id);
    }
  }

  it('a replay has its effects once, and only for its agent', async () => {
    app = await TestApp.start(Exact);
    await app.send(spreadOrders, [spread(1), spread(2)]);
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

describe('the rate of a replay', () => {
  /** Dead letters on a clock that the test turns. */
  async function withLetters(count: number) {
    const clock = new VirtualClock();
    const broker = new MemoryBroker({ clock, partitions: 1 });
    const producer = await broker.transport().producer();
    const deadLetters = new DeadLetters(deadLetterTopic('shop'), () => clock.now());
    const batch = { key: () => null, value: () => Buffer.from('1'), timestamp: () => -1, headers: () => [] };
    for (let offset = 0; offset < count; offset++) {
      await producer.send({ topic: 'orders', key: null, value: '1' });
      const position = { topic: 'orders', partition: 0, offset };
      const event = { ...position, position, batch, index: 0 } as never;
      await producer.send(deadLetters.letter(event, 'Shop.take', new Error('no'), 1));
    }
    const letters = new Letters({ transport: broker.transport(), clock, appId: 'shop' });
    const replayed = () => broker.messages('orders').length - count;
    const pass = async (ms: number) => {
      clock.advanceTo(clock.now() + ms);
      await turns(200);
    };
    return { letters, replayed, pass };
  }

  it('is kept on the clock: so many messages a second and no more', async () => {
    const { letters, replayed, pass } = await withLetters(25);
    const done = letters.replay({}, { rate: 10 });
    const seen: number[] = [];
    await turns(200);
    for (let second = 0; second < 3; second++) {
      seen.push(replayed());
      for (let tenth = 0; tenth < 10; tenth++) await pass(100);
    }
    expect(seen).toEqual([1, 11, 21]);
    expect(await done).toMatchObject({ replayed: 25, total: 25 });
  });

  it('is a hundred a second when nobody says, and none with 0', async () => {
    const { letters, replayed, pass } = await withLetters(150);
    const done = letters.replay();
    await turns(200);
    expect(replayed()).toBe(10);
    for (let tenth = 0; tenth < 10; tenth++) await pass(100);
    expect(replayed()).toBe(110);
    for (let tenth = 0; tenth < 5; tenth++) await pass(100);
    await done;
    const unlimited = await withLetters(150);
    expect((await unlimited.letters.replay({}, { rate: 0 })).replayed).toBe(150);
  });

  it('waits no longer when the signal is aborted, and what was written stays written', async () => {
    const { letters, replayed } = await withLetters(3);
    const stop = new AbortController();
    const done = letters.replay({}, { rate: 1, signal: stop.signal });
    await turns(200);
    stop.abort();
    expect(await done).toMatchObject({ replayed: 1, total: 3 });
    expect(replayed()).toBe(1);
  });

  it('is refused when it is none', async () => {
    const { letters } = await withLetters(0);
    await expect(letters.replay({}, { rate: -1 })).rejects.toThrow(/rate: expected messages a second/);
  });
});
