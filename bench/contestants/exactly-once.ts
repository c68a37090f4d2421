import { App, Handler } from '@weir/core';
import { totalOf } from '../work/order.js';
import type { Order, Total } from '../work/records.js';
import { options, orders, runApp, totals } from './app.js';

@App({ ...options, guarantee: 'exactly-once' })
class Totals {
  @Handler(orders, { sinks: [totals] })
  total(order: Order): Total {
    return totalOf(order);
  }
}

await runApp(Totals);
