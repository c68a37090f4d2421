// A worker as a process of its own, for tests that kill it: `node invoicing.ts <id> <orders> <invoices> <guarantee> [<member>]`.
import { App, CLOCK, type Clock, Handler, Inject, json, type Topic, topic, Worker } from '@weir/core';

export interface Order {
  readonly id: number;
}

const [id, ordersName, invoicesName, guarantee, member] = process.argv.slice(2);
const orders = topic(ordersName, { value: json<Order>() });
const invoices = topic(invoicesName, { value: json<Order>() });

@App({
  id,
  broker: `kafka://${process.env.KAFKA_BROKERS}`,
  guarantee: guarantee as 'at-least-once' | 'exactly-once',
  // A killed member is missed soon.
  kafka: { 'session.timeout.ms': 6_000, 'heartbeat.interval.ms': 500 },
})
class Invoicing {
  constructor(
    @Inject(invoices) private readonly out: Topic<string, Order>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Takes as long as one that asks a database, so that there is a mid-stream to be killed in. */
  @Handler(orders, { concurrency: { by: 'key', max: 4 } })
  async invoice(order: Order, { key }: { readonly key: unknown }): Promise<void> {
    await this.clock.sleep(1);
    this.out.sendSoon({ key: key as string, value: order });
  }
}

const worker = await Worker.start(Invoicing, { member });
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void worker.stop());
await worker.finished;
