import { App, type Event, globalTable, Handler, Inject, type ReadonlyTable, table, topic } from '@weir/core';
import { type Customer, countries, customers, type Order, orders } from './topics.js';

export const byId = table('customers', { source: customers });
export const countryNames = globalTable('countries', { source: countries, default: 'somewhere' });
export const enriched = topic('enriched-orders', { key: 'string', value: 'string' });

/** Writes each order with the name of its customer, and prints it. */
@App({ id: 'enrich', broker: 'kafka://localhost:9092' })
export class Enrich {
  constructor(
    @Inject(byId) private readonly customers: ReadonlyTable<string, Customer | undefined>,
    @Inject(countryNames) private readonly countries: ReadonlyTable<string, string>,
  ) {}

  @Handler(orders, { sinks: [enriched, (line: string) => console.log(line)] })
  enrich({ id, what }: Order, { key }: Event<string, Order>): string {
    const customer = this.customers.get(key ?? '');
    if (customer === undefined) return `${id} ${what} for nobody we know`;
    return `${id} ${what} for ${customer.name}, ${this.countries.get(customer.country)}`;
  }
}
