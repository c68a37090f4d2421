import { Agent, App, Handler, Inject, Record, type Stream, type Topic, topic } from '@weir/core';
import { IsInt, IsString } from 'class-validator';

@Record()
export class Order {
  @IsString() id!: string;
  @IsInt() amount!: number;
}

export const orders = topic('orders', { value: Order, partitions: 1 });
export const bills = topic('bills', { value: 'json' });
export const notes = topic('notes', { key: 'integer', value: 'string' });

/** An app for the tests of the commands. */
@App({ id: 'shop', broker: 'kafka://declared:9092', drainTimeout: '10s' })
export class Shop {
  /** Set by a test that holds the handler back. */
  static held: Promise<void> | undefined;
  static handled: string[] = [];

  constructor(@Inject(notes) readonly outgoing: Topic<number, string>) {}

  @Handler(orders, { name: 'billing', sinks: [bills] })
  async bill(order: Order): Promise<unknown> {
    Shop.handled.push(order.id);
    await Shop.held;
    return { billed: order.id };
  }

  @Agent(bills)
  async post(stream: Stream<unknown>): Promise<void> {
    for await (const bill of stream) Shop.handled.push(JSON.stringify(bill));
  }
}
