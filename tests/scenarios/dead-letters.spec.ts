import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent, App, type Event, Handler, Inject, json, type Stream, type Topic, topic } from '@weir/core';
import { TestApp } from '@weir/testing';
import { malformed, type Order, order, orders } from './orders.fixture.js';

let app: TestApp;
afterEach(() => app?.stop());
const letters = 'shop-dead-letters';
const start = Date.parse('2000-01-01T00:00:00Z');

@App({ id: 'shop', errors: { retry: { attempts: 0 } } })
class Shop {
  readonly seen: number[] = [];
  isBroken = true;
  @Handler(orders)
  take({ id }: Order): void {
    if (this.isBroken && id < 0) throw new RangeError('no such order');
    this.seen.push(id);
  }
}
const ownLetters = topic('shop-dead-letters', { value: 'raw' });

// Its partition stood still for good: the worker stopped, and began again with the same message.
describe.each(['at-least-once', 'exactly-once'] as const)('a dead letter whose timestamp its topic does not take, %s', (guarantee) => {
  const year = 365 * 86_400_000;

  it.each([
    ['after', year],
    ['before', -year],
  ] as const)('goes out with the time of now, and keeps that of its original: %s', async (side, ms) => {
    app = await TestApp.start(Shop, { overrides: { guarantee } });
    app.broker.deleteTopic(letters);
    app.broker.createTopic({ name: letters, config: { [`message.timestamp.${side}.max.ms`]: '3600000' } });
    await app.send(orders, [{ ...order(-1), timestamp: start + ms }, order(2), { ...order(-3), timestamp: start + ms }]);
    await app.advance('1m');
    // With exactly once it runs again with each transaction that was undone.
    expect(new Set(app.get(Shop).seen)).toEqual(new Set([2]));
    expect(app.deadLetters().map(({ offset, timestamp }) => [offset, timestamp])).toEqual([
      [0, start + ms],
      [2, start + ms],
    ]);
    expect(app.broker.messages(letters).every(({ timestamp }) => timestamp - start < 60_000)).toBe(true);
    expect(app.committed(orders)).toBe(3);
  });

  it('is replayed with the timestamp of its original', async () => {
    app = await TestApp.start(Shop, { overrides: { guarantee } });
    app.broker.deleteTopic(letters);
    app.broker.createTopic({ name: letters, config: { 'message.timestamp.type': 'LogAppendTime' } });
    await app.send(orders, { ...order(-1), timestamp: 5_000 });
    await app.advance('1m');
    app.get(Shop).isBroken = false;
    await app.replay();
    await app.settled();
    expect(app.sent(orders).map(({ timestamp }) => timestamp)).toEqual([5_000, 5_000]);
    expect(app.get(Shop).seen).toEqual([-1]);
  });

  it('stops the worker where it is refused for another reason', async () => {
    app = await TestApp.start(Shop, { overrides: { guarantee } });
    app.broker.faults.failProduce(({ topic }) => topic === letters);
    await app.send(orders, order(-1));
    await expect(app.advance('1m')).rejects.toThrow(/dead-letter topic shop-dead-letters does not take it/);
  });
});

describe('the dead-letter topic', () => {
  it('is created to take any timestamp', async () => {
    app = await TestApp.start(Shop);
    expect(app.broker.config(letters)).toMatchObject({
      'message.timestamp.type': 'CreateTime',
      'message.timestamp.before.max.ms': '9223372036854775807',
      'message.timestamp.after.max.ms': '9223372036854775807',
    });
  });
});

describe.each(['at-least-once', 'exactly-once'] as const)(
  'an app whose pattern matches the topic of its own dead letters, %s',
  (guarantee) => {
    // Each dead letter was read, could not be decoded and was set aside again: 951 in ten minutes, of one message.
    it.each([/.*/, /^(orders|shop)/, /-dead-letters$/])('does not read them: %s', async (pattern) => {
      const topics: string[] = [];
      @App({ id: 'shop' })
      class Shop {
        @Handler(topic(pattern, { value: 'json' }))
        take(_: unknown, { topic: name }: Event): void {
          topics.push(name);
        }
        @Handler(orders)
        orders({ id }: Order): void {
          if (id === 2) throw new RangeError('no such order');
        }
      }
      app = await TestApp.start(Shop, { overrides: { guarantee } });
      await app.send(orders, [order(1), order(2), malformed]);
      await app.advance('2m');
      const ofOthers = pattern.test('orders') ? 1 : 0;
      expect(app.deadLetters().filter((each) => each.topic === 'shop-dead-letters')).toEqual([]);
      expect(app.deadLetters()).toHaveLength(2 + ofOthers);
      expect(topics).toEqual(ofOthers ? ['orders', 'orders'] : []);
    });

    it('reads them where it names them', async () => {
      let seen = 0;
      @App({ id: 'shop' })
      class Shop {
        @Handler(orders)
        take(): void {
          throw new RangeError('no such order');
        }
        @Handler(ownLetters, { errors: { then: 'skip' } })
        look(): void {
          seen++;
          throw new TypeError('nor this');
        }
        @Handler(topic(/.*/))
        all(): void {}
      }
      app = await TestApp.start(Shop, { overrides: { guarantee } });
      await app.send(orders, order(1));
      await app.advance('2m');
      expect(seen).toBe(4);
      expect(app.deadLetters()).toHaveLength(1);
    });
  },
);

describe('an app that reads its own dead letters', () => {
  @App({ id: 'alerts' })
  class Alerts {
    @Handler(ownLetters)
    look(): void {}
  }

  it('is refused also when it is theirs only under the name that it is started with', async () => {
    app = await TestApp.start(Alerts);
    await app.stop();
    await expect(TestApp.start(Alerts, { overrides: { id: 'shop' } })).rejects.toThrow(/Alerts\.look: it reads 'shop-dead-letters'/);
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
