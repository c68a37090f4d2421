import { App, Inject, OnStart, Timer, type Topic } from '@weir/core';
import { type Customer, countries, customers, type Order, orders } from './topics.js';

const names = ['jenny', 'eliška', 'blanka'];
const homes = ['cz', 'at', 'xx'];

/** Has three customers of whom one moves every ten seconds, and an order every second. */
@App({ id: 'shop', broker: 'kafka://localhost:9092' })
export class Shop {
  #orders = 0;
  #moves = 0;

  constructor(
    @Inject(customers) private readonly toCustomers: Topic<string, Customer>,
    @Inject(countries) private readonly toCountries: Topic<string, string>,
    @Inject(orders) private readonly toOrders: Topic<string, Order>,
  ) {}

  @OnStart()
  async open(): Promise<void> {
    await this.toCountries.sendMany([
      { key: 'cz', value: 'Czechia' },
      { key: 'at', value: 'Austria' },
    ]);
    await this.toCustomers.sendMany(names.map((name, index) => ({ key: `c${index}`, value: { name, country: homes[index] } })));
  }

  @Timer('1s')
  async order(): Promise<void> {
    const id = ++this.#orders;
    await this.toOrders.send({ key: `c${(id - 1) % names.length}`, value: { id, what: id % 2 === 1 ? 'coffee' : 'tea' } });
  }

  @Timer('10s')
  async move(): Promise<void> {
    const index = this.#moves++ % names.length;
    await this.toCustomers.send({ key: `c${index}`, value: { name: names[index], country: homes[(this.#moves + index) % homes.length] } });
  }
}
