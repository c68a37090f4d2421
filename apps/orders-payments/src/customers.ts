import { App, Inject, Timer, type Topic } from '@weir/core';
import { type Order, orders, type Payment, payments } from './topics.js';

const items = ['tea', 'coffee', 'cake'];

/** Orders something every second. Two orders of three are paid five seconds later; cake is not. */
@App({ id: 'shop-customers', broker: 'kafka://localhost:9092' })
export class Customers {
  readonly #since = Date.now();
  #count = 0;

  constructor(
    @Inject(orders) private readonly toOrders: Topic<string, Order>,
    @Inject(payments) private readonly toPayments: Topic<string, Payment>,
  ) {}

  @Timer('1s')
  async order(): Promise<void> {
    const number = this.#count++;
    await this.toOrders.send({ key: this.#key(number), value: { item: items[number % 3] } });
    const old = number - 5;
    if (old >= 0 && old % 3 !== 2) await this.toPayments.send({ key: this.#key(old), value: { amount: 3 } });
  }

  /** The number of an order, another one each time that the app is started. */
  #key(number: number): string {
    return `${this.#since}-${number}`;
  }
}
