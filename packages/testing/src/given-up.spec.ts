import { afterEach, describe, expect, test } from '@jest/globals';
import { Agent, App, Handler, type Stream, topic } from '@weir/core';
import { TestApp } from './index.js';

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

let app: TestApp;
afterEach(() => app.stop());

describe('a handler that was given up and fails afterwards', () => {
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
