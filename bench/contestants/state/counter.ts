// Counts in a table. Gives its counts out where there is an output.
import { App, type Event, Handler, Inject, type Table, table, topic } from '@weir/core';
import { job } from '../job.js';
import { runApp } from '../run-app.js';
import { options } from './app.js';

const { input, output } = job();
const views = topic(input, { value: 'raw' });
export const counts = table('counts', { key: 'string', value: 'long', default: 0 });
const sinks = output === '' ? [] : [topic(output, { value: 'long' })];

@App({ ...options, topics: 'off' })
class Counts {
  constructor(@Inject(counts) private readonly counts: Table<string, number>) {}

  @Handler(views, { sinks })
  count(_: Buffer, { key }: Event<string, Buffer>): number {
    return this.counts.update(key ?? '', (n) => n + 1);
  }
}

await runApp(Counts);
