import { App, type Due, type Event, Handler, Inject, json, leftJoin, type Schedule, schedule, type Table, table } from '@weir/core';
import { mails, type Order, type Outcome, orders, outcomes, type Payment, payments } from './topics.js';

type Paid = readonly [order: Order, payment: Payment | undefined];

export const ordersWithPayments = leftJoin(orders, payments, { within: { before: '30s', after: '30s' } });
export const reminders = schedule('reminders', { key: 'string', value: json<Order>() });
export const paid = table('paid', { key: 'string', value: 'boolean', default: false, ttl: '1h' });

/** Tells what becomes of an order: it is paid within half a minute, or cancelled. After ten seconds the customer is reminded. */
@App({ id: 'orders-payments', broker: 'kafka://localhost:9092', idleAfter: '10s' })
export class OrdersPayments {
  constructor(
    @Inject(reminders) private readonly reminders: Schedule<string, Order>,
    @Inject(paid) private readonly paid: Table<string, boolean>,
  ) {}

  @Handler(ordersWithPayments, { sinks: [outcomes] })
  conclude([{ item }, payment]: Paid, { key }: Event): Outcome {
    const state = payment === undefined ? 'cancelled' : 'paid';
    console.log(`${key} ${item}: ${state}`);
    return { item, state };
  }

  @Handler(orders)
  ordered(order: Order, { key }: Event<string, Order>): void {
    // Of two topics, either may be read first.
    if (!this.paid.get(key ?? '')) this.reminders.after('10s', key ?? '', order);
  }

  @Handler(payments)
  noted(_: Payment, { key }: Event<string, Payment>): void {
    this.paid.set(key ?? '', true);
    this.reminders.cancel(key ?? '');
  }

  @Handler(reminders, { sinks: [mails] })
  remind({ item }: Order, { key }: Due<string>): string {
    console.log(`${key} ${item}: please pay`);
    return `Your ${item} waits to be paid`;
  }
}
