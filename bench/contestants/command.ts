import { App, Handler } from '@weir/core';
import { totalOf } from '../work/order.js';
import type { Order, Total } from '../work/records.js';
import { options, orders, totals } from './app.js';

/** For `weir -A`: what tsc made of it, and as it is. */
@App(options)
export class Totals {
  @Handler(orders, { sinks: [totals] })
  total(order: Order): Total {
    return totalOf(order);
  }
}
