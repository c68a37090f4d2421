import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { App, Handler, Inject, type Table, table } from '@weir/core';
import { totalOf } from '../work/order.js';
import type { Order, Total } from '../work/records.js';
import { options, orders, runApp, totals } from './app.js';

export const counts = table('counts', { key: 'string', value: 'long', default: 0 });

/** The totals, and how many orders each customer has made, with a checkpoint each second. */
@App({ ...options, topics: 'create', store: 'level://', datadir: mkdtempSync(path.join(os.tmpdir(), 'weir-bench-')), commitInterval: '1s' })
class Totals {
  constructor(@Inject(counts) private readonly counts: Table<string, number>) {}

  @Handler(orders, { sinks: [totals] })
  total(order: Order): Total {
    this.counts.update(order.customer, (n) => n + 1);
    return totalOf(order);
  }
}

await runApp(Totals);
