import { App, Handler, topic } from '@weir/core';
import { Order } from '../work/records.js';
import { options, orders, runApp } from './app.js';
import { job } from './job.js';
import { slowly } from './slow.js';

@App(options)
class Slow {
  @Handler(orders, { concurrency: { by: 'key', max: 64 }, sinks: [topic(job().output, { value: Order })] })
  handle(order: Order): Promise<Order> {
    return slowly(order);
  }
}

await runApp(Slow);
