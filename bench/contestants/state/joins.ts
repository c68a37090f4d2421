// Joins orders and payments of five minutes.
import { App, Handler, join, topic } from '@weir/core';
import { job } from '../job.js';
import { runApp } from '../run-app.js';
import { options } from './app.js';

const { inputs = [], output } = job();
const orders = topic(inputs[0], { key: 'string', value: 'string' });
const payments = topic(inputs[1], { key: 'string', value: 'string' });
const paid = topic(output, { key: 'string', value: 'string' });
const both = join(orders, payments, { within: '5m' }, (order, payment) => `${order}=${payment}`);

@App(options)
class Joins {
  @Handler(both, { sinks: [paid] })
  pair(result: string): string {
    return result;
  }
}

await runApp(Joins);
