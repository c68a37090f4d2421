import { App, Handler } from '@weir/core';
import { totalOf } from '../work/order.js';
import type { Order, Total } from '../work/records.js';
import { options, orders, runApp, totals } from './app.js';

@App(options)
class Totals {
  @Handler(orders, { batch: { max: 500 }, sinks: [totals] })
  total(batch: Order[]): Total[] {
    return batch.map(totalOf);
  }
}

await runApp(Totals);
