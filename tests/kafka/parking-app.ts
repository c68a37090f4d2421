// A worker as a process of its own whose orders fail until there is a file, for tests that kill it: `node parking-app.ts <id> <orders> <done> <guarantee> <file>`.
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { App, type Event, Handler, json, topic, Worker } from '@weir/core';

const [id, ordersName, doneName, guarantee, file] = process.argv.slice(2);
interface Order {
  readonly id: number;
  readonly isHard?: boolean;
}

const orders = topic(ordersName, { value: json<Order>() });
const done = topic(doneName, { value: json<object>() });

@App({
  id,
  broker: `kafka://${process.env.KAFKA_BROKERS}`,
  guarantee: guarantee as 'at-least-once' | 'exactly-once',
  datadir: path.join(os.tmpdir(), id),
  errors: { retry: { attempts: 1_000, backoff: { initial: '2s', factor: 1 }, durable: true } },
  // A killed member is missed soon, and so is its transaction.
  kafka: { 'session.timeout.ms': 6_000, 'heartbeat.interval.ms': 500, 'transaction.timeout.ms': 10_000 },
})
class Parking {
  @Handler(orders, { sinks: [done] })
  async take(order: Order, { offset, topic: from }: Event): Promise<object> {
    if (order.isHard && !existsSync(file)) throw new Error('not yet');
    return { id: order.id, offset, from };
  }
}

const worker = await Worker.start(Parking);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void worker.stop());
await worker.finished;
