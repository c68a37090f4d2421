// Counts in a table: `counter.js <store> <guarantee>`. Gives its counts out where there is an output.
import { App, type Event, Handler, Inject, type Table, table, topic, Worker } from '@weir/core';
import { job } from '../job.js';

const [store, guarantee] = process.argv.slice(2);
const { brokers, group, input, output, datadir } = job();
const views = topic(input, { value: 'raw' });
export const counts = table('counts', { key: 'string', value: 'long', default: 0 });
const sinks = output === '' ? [] : [topic(output, { value: 'long' })];

@App({
  ...{ id: group, broker: `kafka://${brokers}`, topics: 'off', store, datadir },
  guarantee: guarantee as 'at-least-once' | 'exactly-once',
  commitInterval: guarantee === 'exactly-once' ? undefined : '1s',
})
class Counts {
  constructor(@Inject(counts) private readonly counts: Table<string, number>) {}

  @Handler(views, { sinks })
  count(_: Buffer, { key }: Event<string, Buffer>): number {
    return this.counts.update(key ?? '', (n) => n + 1);
  }
}

const worker = await Worker.start(Counts);
process.once('SIGTERM', () => void worker.stop());
await worker.finished;
