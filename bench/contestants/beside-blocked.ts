// Reads the results too, with a handler that never comes to an end: it must not cost the other its speed.
import { App, Handler } from '@weir/core';
import { totalOf } from '../work/order.js';
import type { Order, Total } from '../work/records.js';
import { options, orders, runApp, totals } from './app.js';

const stopped = new Promise<void>((resolve) => process.once('SIGTERM', resolve));

@App(options)
class Totals {
  @Handler(orders, { sinks: [totals] })
  total(order: Order): Total {
    return totalOf(order);
  }

  @Handler(totals)
  blocked(): Promise<void> {
    return stopped;
  }
}

await runApp(Totals);
