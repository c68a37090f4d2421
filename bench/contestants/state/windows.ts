// Counts the events of each key and minute, and tells each minute when it is over.
import {
  App,
  type Event,
  Handler,
  Inject,
  message,
  type ResultMessage,
  table,
  topic,
  type WindowEvent,
  type WindowedTable,
} from '@weir/core';
import { job } from '../job.js';
import { runApp } from '../run-app.js';
import { options } from './app.js';

const { input, output } = job();
const views = topic(input, { value: 'raw' });
const totals = topic(output, { value: 'long' });
export const minutes = table('minutes', { key: 'string', value: 'long', default: 0 }).tumbling('1m');

@App(options)
class Windows {
  constructor(@Inject(minutes) private readonly minutes: WindowedTable<string, number>) {}

  @Handler(views)
  count(_: Buffer, { key }: Event<string, Buffer>): void {
    this.minutes.update(key ?? '', (n) => n + 1);
  }

  @Handler(minutes.closed, { sinks: [totals] })
  closed(value: number, { window: { key, start } }: WindowEvent<string, number>): ResultMessage<string, number> {
    return message({ key: `${key}@${start}`, value });
  }
}

await runApp(Windows);
