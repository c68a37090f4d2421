// A worker as a process of its own that sends what it reads on when that is due: `node delaying-app.ts <id> <orders> <mails> <guarantee>`.
import os from 'node:os';
import path from 'node:path';
import { App, Handler, Inject, json, type Topic, topic, Worker } from '@weir/core';

interface Order {
  readonly id: number;
  readonly due: number;
}

const [id, ordersName, mailsName, guarantee] = process.argv.slice(2) as [string, string, string, 'at-least-once' | 'exactly-once'];
const orders = topic(ordersName, { key: 'string', value: json<Order>() });
const mails = topic(mailsName, { key: 'string', value: json<Order>() });

@App({
  id,
  broker: `kafka://${process.env.KAFKA_BROKERS}`,
  guarantee,
  datadir: path.join(os.tmpdir(), id),
  // A killed member is missed soon.
  kafka: { 'session.timeout.ms': 6_000, 'heartbeat.interval.ms': 500 },
})
class Delaying {
  constructor(@Inject(mails) private readonly out: Topic<string, Order>) {}

  @Handler(orders)
  order(order: Order, { key }: { readonly key: string | null }): void {
    this.out.sendSoon({ key, value: order, headers: { of: ordersName }, at: order.due });
  }
}

const worker = await Worker.start(Delaying);
process.once('SIGTERM', () => void worker.stop());
await worker.finished;
