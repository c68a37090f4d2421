import { afterEach, describe, expect, it } from '@jest/globals';
import { App, type Event, Handler, topic, Worker } from '@weir/core';
import { pino } from 'pino';
import { brokers, createTopic, unique, write } from './plain.js';

const blockedMs = 20_000;
const names = { orders: unique('orders'), app: unique('blocking') };
const orders = topic(names.orders, { value: 'string' });

let isDone = (): void => undefined;
const done = new Promise<void>((resolve) => {
  isDone = resolve;
});

@App({
  id: names.app,
  broker: `kafka://${brokers}`,
  kafka: { 'session.timeout.ms': 6_000, 'heartbeat.interval.ms': 500, 'max.poll.interval.ms': 10_000 },
})
class Shop {
  readonly taken: number[] = [];

  @Handler(orders)
  take(value: string, { offset }: Event): void {
    this.taken.push(offset);
    if (value === 'blocks') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, blockedMs);
    if (value === 'last') isDone();
  }
}

let worker: Worker | undefined;
afterEach(() => worker?.stop());

describe('a handler that keeps the thread for twenty seconds', () => {
  it('is named with its event, and nothing is lost, also where the group has given its partitions up', async () => {
    await createTopic(names.orders, 1);
    await write(
      names.orders,
      ['first', 'blocks', 'third', 'last'].map((value) => ({ value })),
    );
    const lines: string[] = [];
    worker = await Worker.start(Shop, { logger: pino({ level: 'warn' }, { write: (line) => void lines.push(line) }) });
    await done;
    const { taken } = worker.get(Shop);
    await worker.stop();
    expect([...new Set(taken)].sort()).toEqual([0, 1, 2, 3]);
    expect(lines.filter((line) => line.includes('Shop.take') && line.includes(`${names.orders}[0]@1`))).not.toEqual([]);
  }, 90_000);
});
