import { Agent, App, type Stream } from '@weir/core';
import { totalOf } from '../work/order.js';
import type { Order, Total } from '../work/records.js';
import { options, orders, runApp, totals } from './app.js';

@App(options)
class Totals {
  @Agent(orders, { sinks: [totals] })
  async *total(stream: Stream<Order>): AsyncGenerator<Total> {
    for await (const order of stream) yield totalOf(order);
  }
}

await runApp(Totals);
