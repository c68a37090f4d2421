import { answer, close, createTopics, openConsumer, openProducer, type PlainConsumer, type PlainMessage, poll } from '../chaos/clients.js';
import { Program } from '../e2e/program.js';
import type { OrdersAppShape } from './orders-app.js';
import { unique } from './plain.js';

export const PARTITIONS = 4;

/** The app of `orders-app.ts` with its topics, on any Kafka. */
export class OrdersApp {
  private constructor(
    readonly brokers: string,
    readonly shape: OrdersAppShape,
  ) {}

  static async open(brokers: string, about: Omit<OrdersAppShape, 'id'>): Promise<OrdersApp> {
    const app = new OrdersApp(brokers, { ...about, id: unique(about.way) });
    await createTopics(brokers, [app.orders, app.invoices], PARTITIONS, 1);
    return app;
  }

  get orders(): string {
    return `${this.shape.id}-orders`;
  }

  get invoices(): string {
    return `${this.shape.id}-invoices`;
  }

  /** @param way another than so far, as after a repair */
  start(way = this.shape.way): Program {
    const what = JSON.stringify({ ...this.shape, way });
    return Program.file('tests/kafka/orders-app.ts', what, 'worker', '-b', `kafka://${this.brokers}`, '-l', 'info');
  }

  /** Writes orders with ids from one number up to another. */
  async write(from: number, to: number): Promise<void> {
    const producer = await openProducer(this.brokers);
    for (let id = from; id < to; id++) producer.produce(this.orders, id % PARTITIONS, Buffer.from(JSON.stringify({ id })), `k${id % 40}`);
    await answer<void>((done) => producer.flush(30_000, done as never));
    await close(producer);
  }

  read(): Promise<Reading> {
    return Reading.open(this.brokers, this.invoices);
  }
}

/** Reads what is committed in a topic, over outages of its broker. */
export class Reading {
  readonly ids: number[] = [];

  private constructor(private readonly consumer: PlainConsumer) {}

  static async open(brokers: string, topic: string): Promise<Reading> {
    const consumer = await openConsumer(brokers, unique('reading'));
    consumer.assign(Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition, offset: 0 })));
    return new Reading(consumer);
  }

  get distinct(): number {
    return new Set(this.ids).size;
  }

  async until(isEnough: () => boolean): Promise<void> {
    while (!isEnough()) this.ids.push(...(await poll(this.consumer)).map(idOf));
  }

  close(): Promise<void> {
    return close(this.consumer);
  }
}

function idOf({ value }: PlainMessage): number {
  return (JSON.parse(value) as { readonly id: number }).id;
}
