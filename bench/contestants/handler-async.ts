import { App, Handler } from '@weir/core';
import { totalOf } from '../work/order.js';
import type { Order, Total } from '../work/records.js';
import { options, orders, runApp, totals } from './app.js';

@App(options)
class Totals {
  @Handler(orders, { sinks: [totals] })
  async total(order: Order): Promise<Total> {
    return totalOf(order);
  }
}

await runApp(Totals);
